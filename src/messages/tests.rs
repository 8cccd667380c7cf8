use super::message::{Message, Rank};
use super::table::all;
use super::{Explanation, explain};

/// The text as a kubelet's event has it, in the log of a kubelet, and as `kubectl describe` breaks it.
fn wrapped(said: &str) -> [String; 3] {
    let event = format!(
        "Warning  FailedCreatePodSandBox  3m15s (x17 over 6m45s)  kubelet  (combined from similar events): {said}"
    );
    let log =
        format!("E1126 16:00:55.24 1323808 pod_workers.go:965] \"Error syncing pod, skipping\" err={said:?}");
    let broken = said.replace(": ", ":\n      ");
    [event, log, broken]
}

#[test]
fn each_row_explains_its_own_message_however_it_is_wrapped() {
    let mut wrong = Vec::new();
    for message in all() {
        for words in wrapped(message.said).into_iter().chain([message.said.to_owned()]) {
            let told = explain(&words);
            let first = told.first().map(|told| told.message.text);
            if first != Some(message.text) {
                wrong.push(format!("{}: {first:?} of {words}", message.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_row_is_there_twice_and_each_begins_and_ends_with_text() {
    let mut texts: Vec<&str> = all().map(|message| message.text).collect();
    assert!(texts.len() >= 80, "{}", texts.len());
    for text in &texts {
        assert!(text.split('…').all(|part| !part.trim().is_empty()), "{text}");
        assert!(text.split('…').next().is_some_and(|part| part.len() >= 5), "{text} begins with too little");
    }
    texts.sort_unstable();
    let before = texts.len();
    texts.dedup();
    assert_eq!(texts.len(), before);
}

#[test]
fn each_row_says_something_and_has_a_command_or_a_comment() {
    for Message { text, meaning, look, source, .. } in all() {
        assert!(meaning.ends_with('.') && meaning.len() > 20, "{text}: {meaning}");
        assert!(!look.is_empty() && !look.contains('\n'), "{text}: {look}");
        assert!(!source.is_empty(), "{text}");
        let places = text.matches('…').count();
        for at in 1..=9 {
            let is_used = [meaning, look].iter().any(|told| told.contains(&format!("{{{at}}}")));
            assert!(!is_used || at <= places, "{text}: {{{at}}}");
        }
    }
}

fn codes(told: &Explanation) -> Vec<&'static str> {
    told.message.codes.iter().map(|code| code.name).collect()
}

#[test]
fn of_several_events_the_newest_is_first_and_a_step_is_left_out_beside_its_cause() {
    let events = "
  Warning  FailedCreatePodSandBox  9m  kubelet  Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox \"a\": plugin type=\"flannel\" failed (add): open /run/flannel/subnet.env: no such file or directory
  Warning  FailedCreatePodSandBox  1m  kubelet  Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox \"b\": plugin type=\"portmap\" failed (add): failed to find plugin \"portmap\" in path [/opt/cni/bin]";
    let told = explain(events);
    let texts: Vec<&str> = told.iter().map(|told| told.message.text).collect();
    assert_eq!(
        texts,
        ["failed to find plugin … in path", "open /run/flannel/subnet.env: no such file or directory"]
    );
    assert_eq!(codes(&told[0]), ["plugin-missing", "plugin-elsewhere"]);
    assert_eq!(told[0].words, "failed to find plugin \"portmap\" in path");
    assert!(told[0].look.ends_with("restart the pod that installs portmap"), "{}", told[0].look);
}

#[test]
fn words_that_nobody_knows_are_not_explained() {
    for words in ["", "   ", "everything is fine", "…", "{1}"] {
        assert_eq!(explain(words), []);
    }
}

#[test]
fn a_name_in_the_words_cannot_become_a_command() {
    let told = explain("fork/exec /tmp/$(reboot); rm -rf /: exec format error");
    assert_eq!(told[0].look, "file '/tmp/$(reboot); rm -rf /'; uname -m");
    let words = "cannot find a network-attachment-definition ({2}) in namespace (b): x";
    assert!(explain(words)[0].meaning.contains("names the network {2}, and the namespace b "));
    let told = explain(
        "unable to retrieve OCI runtime error (open {2}: x): fork/exec /r: no such file or directory",
    );
    assert!(told[0].look.starts_with("ls -l /r;"), "{}", told[0].look);
}

#[test]
fn a_step_alone_is_told_as_such() {
    let told = explain("failed to setup network for sandbox \"6c0f\": a plugin that nobody knows");
    assert_eq!(told[0].message.rank, Rank::Step);
    assert!(!told[0].message.rank.is_a_cause());
}
