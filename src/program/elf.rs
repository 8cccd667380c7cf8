//! Reads the headers of an ELF file (elf(5)).

/// The first bytes of every ELF file.
pub(super) const MAGIC: &[u8] = b"\x7fELF";
/// The size of the header of a 64-bit file. Every program is longer.
pub(super) const HEADER: u64 = 64;

/// Section type: the section has no bytes in the file.
const SHT_NOBITS: u64 = 8;
/// Segment type: the kernel maps it.
const PT_LOAD: u64 = 1;
/// Segment type: the path of the loader.
const PT_INTERP: u64 = 3;

/// The fields that the kernel and a reader need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The number of the machine.
    pub(super) machine: u16,
    /// True if the kernel executes this type of file: programs, also position-independent ones.
    pub(super) is_program: bool,
    /// The smallest size that the file can have by its headers.
    pub(super) end: u64,
    /// The path of the loader.
    pub(super) interpreter: Option<String>,
}

/// The first bytes of a file, with the width and the order of its numbers.
struct Reader<'a> {
    head: &'a [u8],
    wide: bool,
    big: bool,
}

impl Reader<'_> {
    /// The number of `size` bytes at an offset.
    fn number(&self, at: u64, size: usize) -> Option<u64> {
        let at = usize::try_from(at).ok()?;
        let bytes = self.head.get(at..at.checked_add(size)?)?;
        let add = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
        Some(if self.big { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) })
    }

    /// The two-byte number at an offset.
    fn half(&self, at: u64) -> Option<u64> {
        self.number(at, 2)
    }

    /// A number with 4 bytes in a 32-bit file and 8 bytes in a 64-bit one, at its offset in either.
    fn word(&self, narrow_at: u64, wide_at: u64) -> Option<u64> {
        if self.wide { self.number(wide_at, 8) } else { self.number(narrow_at, 4) }
    }
}

/// Parses the first bytes of a file; `None` if it is not an ELF file or its header is not complete.
pub(super) fn read(head: &[u8]) -> Option<Header> {
    let class = *head.strip_prefix(MAGIC)?.first()?;
    let reader = Reader { head, wide: class == 2, big: *head.get(5)? == 2 };
    let size = if reader.wide { HEADER } else { 52 };
    if !matches!(class, 1 | 2) || (head.len() as u64) < size {
        return None;
    }
    let kind = reader.half(16)?;
    let machine = u16::try_from(reader.half(18)?).ok()?;
    let (segments, sections) = (reader.word(28, 32)?, reader.word(32, 40)?);
    // Counts and sizes follow `e_flags`, whose offset depends on the class.
    let after = if reader.wide { 54 } else { 42 };
    let (segment_size, segment_count) = (reader.half(after)?, reader.half(after + 2)?);
    let (section_size, section_count) = (reader.half(after + 4)?, reader.half(after + 6)?);
    let table = |at: u64, size: u64, count: u64| {
        if count == 0 { 0 } else { at.saturating_add(size * count) }
    };
    let mut header = Header {
        machine,
        is_program: matches!(kind, 2 | 3) && segment_count > 0,
        end: size.max(table(segments, segment_size, segment_count)).max(table(
            sections,
            section_size,
            section_count,
        )),
        interpreter: None,
    };
    for at in (0..segment_count).map(|index| segments.saturating_add(index * segment_size)) {
        segment(&reader, at, &mut header);
    }
    for at in (0..section_count).map(|index| sections.saturating_add(index * section_size)) {
        section(&reader, at, &mut header);
    }
    Some(header)
}

/// Reads a segment, if its header lies in the bytes that were read.
fn segment(reader: &Reader<'_>, at: u64, header: &mut Header) -> Option<()> {
    let kind = reader.number(at, 4)?;
    let offset = reader.word(at.checked_add(4)?, at.checked_add(8)?)?;
    let size = reader.word(at.checked_add(16)?, at.checked_add(32)?)?;
    if kind == PT_LOAD {
        header.end = header.end.max(offset.saturating_add(size));
    }
    if kind == PT_INTERP {
        let from = usize::try_from(offset).ok()?;
        let path = reader.head.get(from..from.checked_add(usize::try_from(size).ok()?)?)?;
        let path = path.split(|&byte| byte == 0).next().unwrap_or_default();
        header.interpreter = Some(String::from_utf8_lossy(path).into_owned());
    }
    Some(())
}

/// Reads the end of a section: Go's linker puts the table of sections at the front, so only sections show that a file
/// is cut.
fn section(reader: &Reader<'_>, at: u64, header: &mut Header) -> Option<()> {
    let kind = reader.number(at.checked_add(4)?, 4)?;
    let offset = reader.word(at.checked_add(16)?, at.checked_add(24)?)?;
    let size = reader.word(at.checked_add(20)?, at.checked_add(32)?)?;
    // The first section has type 0, and its size may have another meaning.
    if kind != 0 && kind != SHT_NOBITS {
        header.end = header.end.max(offset.saturating_add(size));
    }
    Some(())
}

/// The names of `uname -m`, by number.
const MACHINES: [(u16, &str); 8] = [
    (3, "i386"),
    (21, "ppc64"),
    (22, "s390x"),
    (40, "arm"),
    (62, "x86_64"),
    (183, "aarch64"),
    (243, "riscv64"),
    (258, "loongarch64"),
];

/// The machine's name.
pub(super) fn name(machine: u16) -> String {
    let known = MACHINES.iter().find(|(number, _)| *number == machine);
    known.map_or_else(|| format!("machine {machine}"), |(_, name)| (*name).to_owned())
}

/// The machine for Rust's name.
pub(super) fn of_name(name: &str) -> Option<u16> {
    let name = match name {
        "x86" => "i386",
        "powerpc64" => "ppc64",
        other => other,
    };
    MACHINES.iter().find(|(_, known)| *known == name).map(|(number, _)| *number)
}

/// True if a node of one machine runs programs of another: a 64-bit machine runs programs of its 32-bit predecessor.
pub(super) fn runs(node: u16, program: u16) -> bool {
    node == program || (node == 62 && program == 3) || (node == 183 && program == 40)
}
