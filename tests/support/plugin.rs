//! A CNI plugin for tests, compiled by the tests: static, so that it runs below any root.
//!
//! It answers `CNI_COMMAND=VERSION`; without that variable it runs until its standard input is closed. The file name
//! selects the answer: `old...` supports version 0.1.0 only, `broken...` fails, `killed...` dies before it answers,
//! `loud...` fails and prints the content of `/words`. If `/asked` exists, each question adds a byte to it.

fn main() {
    let name = std::env::args().next().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default();
    if std::env::var("CNI_COMMAND").as_deref() != Ok("VERSION") {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        return;
    }
    // A file that is there counts the questions.
    if let Ok(mut asked) = std::fs::OpenOptions::new().append(true).open("/asked") {
        let _ = std::io::Write::write_all(&mut asked, b".");
    }
    if name.starts_with("broken") {
        eprintln!("no versions today");
        std::process::exit(3);
    }
    if name.starts_with("loud") {
        eprint!("{}", std::fs::read_to_string("/words").unwrap_or_default());
        std::process::exit(3);
    }
    if name.starts_with("killed") {
        std::process::abort();
    }
    let known = if name.starts_with("old") { r#""0.1.0""# } else { r#""0.3.0","0.3.1","0.4.0","1.0.0","1.1.0""# };
    println!(r#"{{"cniVersion":"1.0.0","supportedVersions":[{known}]}}"#);
}
