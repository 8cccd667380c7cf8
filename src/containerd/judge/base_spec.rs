//! `base_runtime_spec`: CRI reads every one when it starts, for all runtimes.

use serde_json::Value;

use super::context::{Context, Loss, Part};
use super::read::{entries, filled};
use super::seen::SeenKind;
use crate::containerd::refusal::Refusal;
use crate::containerd::tree::Tree;
use crate::node::Observed;

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let refuse = |(_, runtime): (&String, &Tree)| {
        let path = filled(runtime.get(&["base_runtime_spec"]))?;
        let rule = match context.look(path.value) {
            Observed::Absent => "names a file that does not exist",
            Observed::Present(SeenKind::Directory(_)) => "names a directory",
            Observed::Present(SeenKind::File(Some(bytes))) if !is_spec(&bytes) => {
                "names a file that is not an OCI runtime spec in JSON"
            }
            Observed::Present(SeenKind::File(_)) | Observed::Unknown(_) => return None,
        };
        let remedy = "put an OCI runtime spec there (ctr oci spec prints one), or remove the key";
        Some(context.refuse(path.tree, Loss::Cri, "service.go loadBaseOCISpecs", rule, remedy))
    };
    entries(context.cri(Part::Runtime, &["containerd", "runtimes"])).filter_map(refuse).collect()
}

/// True if Go decodes the beginning of the text as a spec: an object, of which the first level is checked, or `null`,
/// with any text after it.
fn is_spec(bytes: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    match values.next() {
        Some(Ok(Value::Null)) => true,
        Some(Ok(Value::Object(spec))) => spec.iter().all(|(key, value)| {
            value.is_null()
                || match key.as_str() {
                    "ociVersion" | "hostname" | "domainname" => value.is_string(),
                    "process" | "root" | "linux" | "hooks" | "annotations" => value.is_object(),
                    "mounts" => value.is_array(),
                    _ => true,
                }
        }),
        _ => false,
    }
}
