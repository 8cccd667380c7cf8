//! The beginnings of programs, and of what they need to be executed.

use std::path::Path;

use crate::host::Root;
use crate::host::interpreter::interpreter_of;
use crate::host::read::{own_program, program_of};
use crate::node::{HostPath, Node, Observed, Program};
use crate::program::{interpreter, machine_of, references};

/// Reads the beginnings of these programs and of all inputs, with their loaders; also the first program that shows
/// the node's machine.
pub(super) fn programs(root: &Root, before: &Node, node: &mut Node, paths: &[HostPath]) {
    for path in paths {
        see(root, before, node, path);
    }
    let inputs: Vec<String> = node.sources.keys().cloned().collect();
    for path in inputs {
        let program = own_program(Path::new(&path), before.observations.inputs.get(&path));
        node.observations.inputs.insert(path, program);
    }
    for path in references() {
        if see(root, before, node, &path).and_then(machine_of).is_some() {
            break;
        }
    }
    let programs = node.observations.programs.values().chain(node.observations.inputs.values());
    let needed: Vec<HostPath> = programs.filter_map(|program| interpreter(program.present()?)).collect();
    for path in needed {
        if !node.observations.interpreters.contains_key(&path) {
            let seen = interpreter_of(root, &path, node.in_container);
            node.observations.interpreters.insert(path, seen);
        }
    }
}

fn see<'n>(root: &Root, before: &Node, node: &'n mut Node, path: &HostPath) -> Option<&'n Program> {
    let program = program_of(root, path, before.observations.programs.get(path));
    node.observations.programs.insert(path.clone(), program);
    node.observations.programs.get(path).and_then(Observed::present)
}
