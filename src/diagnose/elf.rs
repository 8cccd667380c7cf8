//! For which machine a program is (ELF header, elf(5)).

/// What the beginning of a file says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An ELF program for this machine.
    Elf(u16),
    /// A script.
    Script,
    /// No program.
    Neither,
}

/// Reads the first bytes of a file.
pub(super) fn kind(head: &[u8]) -> Kind {
    if head.starts_with(b"#!") {
        return Kind::Script;
    }
    match head {
        [0x7f, b'E', b'L', b'F', _, order, ..] if head.len() >= 20 => {
            let machine = [head[18], head[19]];
            Kind::Elf(if *order == 2 { u16::from_be_bytes(machine) } else { u16::from_le_bytes(machine) })
        }
        _ => Kind::Neither,
    }
}

/// The machine's name as `uname -m` has it.
pub(super) fn name(machine: u16) -> String {
    let name = match machine {
        3 => "i386",
        21 => "ppc64",
        22 => "s390x",
        40 => "arm",
        62 => "x86_64",
        183 => "aarch64",
        243 => "riscv64",
        258 => "loongarch64",
        other => return format!("machine {other}"),
    };
    name.to_owned()
}

/// Whether a node of one machine runs programs of another: a 64-bit x86 runs 32-bit ones.
pub(super) fn runs(node: u16, program: u16) -> bool {
    node == program || (node == 62 && program == 3) || (node == 183 && program == 40)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_in_their_byte_order() {
        let mut head = *b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0";
        assert_eq!(kind(&head), Kind::Elf(62));
        head[5] = 2;
        head[18..].copy_from_slice(&[0, 22]);
        assert_eq!(kind(&head), Kind::Elf(22));
        assert_eq!(kind(&head[..19]), Kind::Neither);
        assert_eq!((kind(b"#!/bin/sh"), kind(b"")), (Kind::Script, Kind::Neither));
        assert!(runs(62, 3) && !runs(62, 183));
    }
}
