use super::*;

/// A program for `x86_64` with one segment that ends at the file's end, and with a loader if one is given.
fn elf(loader: Option<&str>) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    let put = |bytes: &mut Vec<u8>, number: u64, size: usize| bytes.extend(&number.to_le_bytes()[..size]);
    for number in [0, 64, 0] {
        put(&mut bytes, number, 8);
    }
    put(&mut bytes, 0, 4);
    for number in [64, 56, 2, 0, 0, 0] {
        put(&mut bytes, number, 2);
    }
    let path = loader.unwrap_or_default();
    let size = 64 + 2 * 56 + path.len() as u64 + 1;
    for (kind, offset, length) in
        [(1, 0, size), (if loader.is_some() { 3 } else { 4 }, 64 + 2 * 56, path.len() as u64 + 1)]
    {
        put(&mut bytes, kind, 4);
        put(&mut bytes, 5, 4);
        for number in [offset, 0, 0, length, length, 8] {
            put(&mut bytes, number, 8);
        }
    }
    bytes.extend(path.as_bytes());
    bytes.push(0);
    assert_eq!(bytes.len() as u64, size);
    bytes
}

fn program(bytes: &[u8], mode: u32) -> Program {
    let stamp = Stamp { size: bytes.len() as u64, mode, ..Stamp::default() };
    Program { stamp, head: bytes[..bytes.len().min(Program::HEAD)].to_vec(), label: None }
}

fn judged(bytes: &[u8]) -> Option<Fault> {
    fault(&program(bytes, 0o755), false, Place { machine: Some(62), ..Place::default() })
}

#[test]
fn what_the_kernel_does_not_execute_is_named() {
    let whole = elf(None);
    assert_eq!(judged(&whole), None);
    assert_eq!(judged(b""), Some(Fault::Empty));
    for text in
        ["usage: tuning\n", "\n#!/bin/sh\n", "#!\n", "#! \t\n/bin/sh", "\u{feff}#!/bin/sh\n", "\0\0\0\0"]
    {
        assert_eq!(judged(text.as_bytes()), Some(Fault::NoProgram(text.len() as u64)), "{text:?}");
    }
    for size in 4..whole.len() {
        let size = u64::try_from(size).unwrap();
        let cut = judged(&whole[..usize::try_from(size).unwrap()]);
        assert!(matches!(cut, Some(Fault::Cut(is, _)) if is == size), "{size}: {cut:?}");
    }
    let mut object = whole.clone();
    object[16] = 1;
    assert!(matches!(judged(&object), Some(Fault::NoProgram(_))));
    let mut arm = whole.clone();
    arm[18] = 183;
    assert_eq!(judged(&arm), Some(Fault::Architecture(183, 62)));
    assert_eq!(fault(&program(&arm, 0o755), false, Place::default()), None, "of an unknown node");
    let mut old = whole.clone();
    old[18] = 3;
    assert_eq!(judged(&old), None, "64-bit x86 runs 32-bit programs");
    assert_eq!(fault(&program(&whole, 0o644), false, Place::default()), Some(Fault::NotExecutable(0o644)));
    assert_eq!(fault(&program(&whole, 0o644), true, Place::default()), None, "it gets a mode when installed");
    let noexec = Place { noexec: Some("/opt"), ..Place::default() };
    assert_eq!(fault(&program(&whole, 0o755), false, noexec), Some(Fault::NoExec("/opt".to_owned())));
}

/// Go's linker puts the table of sections at the front, and the sections after everything that is mapped.
#[test]
fn a_cut_behind_all_that_is_mapped_shows_in_the_sections() {
    let mut bytes = elf(None);
    let table = bytes.len() as u64;
    bytes[40..48].copy_from_slice(&table.to_le_bytes());
    bytes[58..62].copy_from_slice(&[64, 0, 2, 0]);
    let mut sections = vec![0; 128];
    sections[68] = 1;
    sections[88..96].copy_from_slice(&(table + 128).to_le_bytes());
    sections[96..104].copy_from_slice(&100_u64.to_le_bytes());
    bytes.extend(sections);
    let end = bytes.len() as u64 + 100;
    assert_eq!(judged(&bytes), Some(Fault::Cut(end - 100, end)));
    bytes.extend([0; 99]);
    assert_eq!(judged(&bytes), Some(Fault::Cut(end - 1, end)));
    bytes.push(0);
    assert_eq!(judged(&bytes), None);
}

#[test]
fn the_loader_and_the_interpreter_are_judged_where_they_can_be_seen() {
    let there = |mode| Observed::Present(Stamp { mode, ..Stamp::default() });
    for (bytes, path, of_script) in [
        (elf(Some("/lib64/ld-linux-x86-64.so.2")), "/lib64/ld-linux-x86-64.so.2", false),
        (b"#!/bin/sh\nexit".to_vec(), "/bin/sh", true),
        (b"#! \t/usr/bin/env python3\n".to_vec(), "/usr/bin/env", true),
        (b"#!/bin/sh\r\n".to_vec(), "/bin/sh\r", true),
    ] {
        let program = program(&bytes, 0o755);
        assert_eq!(interpreter(&program).unwrap().as_str(), path);
        let judged = |seen: &Observed<Stamp>| {
            fault(&program, false, Place { interpreter: Some(seen), ..Place::default() })
        };
        let broken = |mode| Some(Fault::Interpreter { path: path.to_owned(), of_script, mode });
        assert_eq!(judged(&there(0o755)), None);
        assert_eq!(judged(&there(0o644)), broken(Some(0o644)));
        assert_eq!(judged(&Observed::Absent), broken(None));
        assert_eq!(judged(&Observed::Unknown("not mounted from the host".to_owned())), None);
        assert_eq!(fault(&program, false, Place::default()), None);
    }
}

#[test]
fn no_bytes_are_too_odd() {
    proptest::proptest!(|(head: Vec<u8>, start in 0..64_usize, wide: bool)| {
        let mut bytes = elf(Some("/lib/ld"));
        bytes[4] = if wide { 2 } else { 1 };
        for (at, byte) in head.iter().enumerate().take(bytes.len() - start) {
            bytes[start + at] = *byte;
        }
        let _ = judged(&bytes);
        let _ = interpreter(&program(&bytes, 0o755));
    });
}

#[test]
fn the_machine_of_this_program_is_known() {
    assert_eq!(own_machine().map(elf::name).as_deref(), Some(std::env::consts::ARCH));
}
