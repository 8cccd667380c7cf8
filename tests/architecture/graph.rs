//! Which file of `src/` needs which: imports and paths, followed through re-exports to the file that defines the item.
//!
//! A `mod.rs` is a file like every other: what it only declares and re-exports does not bind it, what its own code uses
//! does. Test code is left out. Methods are not seen: an `impl` of a type may stand in another file than the type.

use std::collections::{BTreeMap, BTreeSet};

use crate::scan::{Source, module_of, words};

/// A path: its words.
pub(crate) type Path = Vec<String>;

/// One file, as far as the graph needs it.
struct Module {
    /// Each name that a `use` brings in, and the path that it stands for.
    uses: BTreeMap<String, Use>,
    /// The modules that it declares.
    children: BTreeSet<String>,
    /// Its words, and its paths as lists of words, outside of `use` and `mod`. A field is among them, and would count as
    /// the use of an item of the same name.
    paths: BTreeSet<Path>,
}

/// A name that a `use` brings in.
struct Use {
    path: Path,
    /// `pub use` and `pub(...) use`.
    public: bool,
}

/// The edges between files: who needs whom, and by which names.
pub(crate) struct Graph {
    edges: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

impl Graph {
    /// Reads the graph of the program.
    pub(crate) fn of(sources: &[Source]) -> Self {
        let tests = test_files(sources);
        let modules: BTreeMap<Path, (String, Module)> = sources
            .iter()
            .filter(|source| {
                source.name != "main.rs" && !tests.iter().any(|test| source.name.starts_with(test))
            })
            .map(|source| {
                let module = module_of(&source.name);
                let read = Module::read(&without_tests(&words(&source.text)));
                (module, (source.name.clone(), read))
            })
            .collect();
        let mut edges: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
        for (at, (name, module)) in &modules {
            let targets = edges.entry(name.clone()).or_default();
            for path in module.needs(at) {
                if let Some((file, item)) = definition(&modules, &path, 0)
                    && file != *name
                {
                    targets.entry(file).or_default().insert(item);
                }
            }
        }
        Self { edges }
    }

    /// The sets of files that need each other, directly or through others: each can be reached from each.
    pub(crate) fn circles(&self) -> Vec<BTreeSet<&str>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            self.edges.keys().map(|file| (file.as_str(), self.reached_from(file))).collect();
        let mut circles: Vec<BTreeSet<&str>> = Vec::new();
        for (file, from_here) in &reached {
            if !from_here.contains(file) || circles.iter().any(|circle| circle.contains(file)) {
                continue;
            }
            circles.push(from_here.iter().filter(|other| reached[*other].contains(file)).copied().collect());
        }
        circles
    }

    fn reached_from<'a>(&'a self, file: &'a str) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&str> = vec![file];
        while let Some(file) = next.pop() {
            let targets = self.edges.get(file).into_iter().flat_map(BTreeMap::keys);
            next.extend(targets.map(String::as_str).filter(|target| reached.insert(*target)));
        }
        reached
    }

    /// The edges inside a circle, one line each.
    pub(crate) fn told(&self, circle: &BTreeSet<&str>) -> Vec<String> {
        let mut lines = Vec::new();
        for file in circle {
            for (target, names) in &self.edges[*file] {
                if circle.contains(target.as_str()) {
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    lines.push(format!("{file} needs {target}: {}", names.join(", ")));
                }
            }
        }
        lines
    }
}

impl Module {
    fn read(words: &[String]) -> Self {
        let mut module = Self { uses: BTreeMap::new(), children: BTreeSet::new(), paths: BTreeSet::new() };
        let mut at = 0;
        let mut public = false;
        while at < words.len() {
            match words[at].as_str() {
                // `pub(in crate::x)` names a module and needs nothing of it.
                "pub" => {
                    public = true;
                    if words.get(at + 1).is_some_and(|word| word == "(") {
                        at += words[at..].iter().position(|word| word == ")").unwrap_or(0);
                    }
                    at += 1;
                    continue;
                }
                "use" if begins_an_item(words, at) => {
                    at = module.read_use(words, at + 1, &Path::new(), public);
                }
                "mod" if words.get(at + 2).is_some_and(|word| word == ";") => {
                    module.children.insert(words[at + 1].clone());
                    at += 2;
                }
                word if word.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                    let mut path = vec![word.to_owned()];
                    while let [colons, next, ..] = &words[at + 1..]
                        && colons == "::"
                        && next.starts_with(|c: char| c.is_alphabetic() || c == '_')
                    {
                        path.push(next.clone());
                        at += 2;
                    }
                    module.paths.insert(path);
                }
                _ => {}
            }
            public = false;
            at += 1;
        }
        module
    }

    /// Reads one tree of a `use` from `at` on and says where it ends: at the `;`, the `,` or the `}` behind it.
    fn read_use(&mut self, words: &[String], mut at: usize, stem: &Path, public: bool) -> usize {
        let mut path = stem.clone();
        while let Some(word) = words.get(at) {
            match word.as_str() {
                "::" => {}
                "{" => {
                    at += 1;
                    while words.get(at).is_some_and(|word| word != "}") {
                        at = self.read_use(words, at, &path, public);
                        at += usize::from(words.get(at).is_some_and(|word| word == ","));
                    }
                    return at + 1;
                }
                "as" => {
                    self.uses.insert(words[at + 1].clone(), Use { path, public });
                    return at + 2;
                }
                ";" | "," | "}" => break,
                // `use a::{self}` is `a`.
                "self" if !path.is_empty() => {}
                word => path.push(word.to_owned()),
            }
            at += 1;
        }
        if let Some(name) = path.last().cloned() {
            self.uses.insert(name, Use { path, public });
        }
        at
    }

    /// The paths, from the crate's root, of all that the module's own code needs.
    fn needs(&self, here: &Path) -> Vec<Path> {
        let mut needs = Vec::new();
        for (name, import) in &self.uses {
            // What is re-exported and not used here binds those who use it.
            let used_here = || self.paths.iter().any(|path| path[0] == *name);
            if !import.public || used_here() {
                needs.extend(self.absolute(here, &import.path));
            }
        }
        needs.extend(
            self.paths.iter().filter(|path| path.len() > 1).filter_map(|path| self.absolute(here, path)),
        );
        needs
    }

    /// A path as it is written in the module `here`, from the root of the crate; `None` for other crates and locals.
    fn absolute(&self, here: &Path, path: &[String]) -> Option<Path> {
        let first = path[0].as_str();
        let (mut base, mut rest) = match first {
            "crate" | "cni_bootstrap" => (Path::new(), &path[1..]),
            "self" => (here.clone(), &path[1..]),
            "super" => (here.clone(), path),
            _ if self.children.contains(first) => (here.clone(), path),
            _ => {
                let import = self.uses.get(first)?;
                if import.path[0] == first {
                    return None;
                }
                let mut base = self.absolute(here, &import.path)?;
                base.extend_from_slice(&path[1..]);
                return Some(base);
            }
        };
        while rest.first().is_some_and(|word| word == "super") {
            base.pop();
            rest = &rest[1..];
        }
        base.extend_from_slice(rest);
        Some(base)
    }
}

/// Every path that the code of a file names, test code left out, with the names that a `use` brings in written out.
pub(crate) fn named_in(text: &str) -> Vec<Path> {
    let module = Module::read(&without_tests(&words(text)));
    let whole = |path: &Path| match module.uses.get(&path[0]) {
        Some(import) => import.path.iter().chain(&path[1..]).cloned().collect(),
        None => path.clone(),
    };
    let imports = module.uses.values().map(|import| import.path.clone());
    imports.chain(module.paths.iter().map(whole)).collect()
}

/// The file that defines what a path names, and the name; `None` for a module itself.
fn definition(
    modules: &BTreeMap<Path, (String, Module)>,
    path: &[String],
    depth: u8,
) -> Option<(String, String)> {
    let at = (0..=path.len()).rev().find(|length| modules.contains_key(&path[..*length]))?;
    let (file, module) = &modules[&path[..at]];
    let item = path.get(at)?;
    match module.uses.get(item) {
        Some(import) if depth < 16 => {
            let mut target = module.absolute(&path[..at].to_vec(), &import.path)?;
            target.extend_from_slice(&path[at + 1..]);
            definition(modules, &target, depth + 1)
        }
        _ => Some((file.clone(), item.clone())),
    }
}

/// Whether the word at `at` stands where an item begins, so that it is the keyword.
fn begins_an_item(words: &[String], at: usize) -> bool {
    at == 0 || matches!(words[at - 1].as_str(), ";" | "}" | "{" | "]" | ")" | "pub")
}

/// The prefixes of the names of files that hold tests alone: they are declared behind `#[cfg(test)]`.
pub(crate) fn test_files(sources: &[Source]) -> Vec<String> {
    let mut files = Vec::new();
    for source in sources {
        let words = words(&source.text);
        let dir = source.name.trim_end_matches("mod.rs").trim_end_matches("lib.rs").trim_end_matches(".rs");
        let dir = if dir.is_empty() || dir.ends_with('/') { dir.to_owned() } else { format!("{dir}/") };
        for at in 0..words.len() {
            if is_of_tests(&words, at) {
                let rest = &words[at + TEST.len()..];
                let rest = rest.strip_prefix(&["pub".to_owned()][..]).unwrap_or(rest);
                if let [keyword, name, end, ..] = rest
                    && keyword == "mod"
                    && end == ";"
                {
                    files.extend([format!("{dir}{name}.rs"), format!("{dir}{name}/")]);
                }
            }
        }
    }
    files
}

/// The attribute of what is compiled for tests alone.
const TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];

fn is_of_tests(words: &[String], at: usize) -> bool {
    words[at..].iter().map(String::as_str).take(TEST.len()).eq(TEST)
}

/// The words without the items that are compiled for tests alone.
fn without_tests(words: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if !is_of_tests(words, at) {
            kept.push(words[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0_usize;
        at += TEST.len();
        while at < words.len() {
            let word = words[at].as_str();
            at += 1;
            match word {
                "{" => depth += 1,
                "}" if depth == 1 => break,
                "}" => depth -= 1,
                ";" if depth == 0 => break,
                _ => {}
            }
        }
    }
    kept
}

#[test]
fn the_graph_follows_names_to_the_file_that_defines_them() {
    let source = |(name, text): &(&str, &str)| Source::new(name, text);
    let mut files = [
        (
            "a/mod.rs",
            "mod b; mod c; pub use b::{B, make as made}; use crate::d::D;
             pub(in crate::e) fn f(d: D) { c::count(d) } #[cfg(test)] mod tests;",
        ),
        ("a/b.rs", "pub struct B; pub fn make() {} #[cfg(test)] mod tests { use super::super::c::count; }"),
        ("a/c.rs", "use super::B; pub fn count(_: B) {}"),
        ("a/tests.rs", "use super::f; use crate::e;"),
        ("d.rs", "pub use crate::a::made; pub struct D; // crate::e::f"),
        ("e.rs", "use crate::d; fn f() { d::made() } #[cfg(test)] fn g() { crate::a::f() }"),
    ];
    let graph = Graph::of(&files.iter().map(source).collect::<Vec<_>>());
    let all: BTreeSet<&str> = graph.edges.keys().map(String::as_str).collect();
    assert_eq!(
        graph.told(&all),
        [
            "a/c.rs needs a/b.rs: B",
            "a/mod.rs needs a/c.rs: count",
            "a/mod.rs needs d.rs: D",
            "e.rs needs a/b.rs: make",
        ]
    );
    assert!(graph.circles().is_empty());
    files[4].1 = "pub use crate::a::made; pub struct D; fn g() { made() } fn h() { crate::a::f() }";
    let graph = Graph::of(&files.iter().map(source).collect::<Vec<_>>());
    assert_eq!(graph.circles(), [BTreeSet::from(["a/mod.rs", "d.rs"])]);
    assert_eq!(graph.told(&graph.circles()[0]), ["a/mod.rs needs d.rs: D", "d.rs needs a/mod.rs: f"]);
}
