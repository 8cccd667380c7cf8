//! References to images, as containerd parses them.

/// True if containerd can parse this reference to an image (distribution/reference `ParseDockerRef`, which containerd
/// calls before it resolves a sandbox image: `internal/cri/server/images`, `pkg/cri/server/image_pull.go`). If not, every
/// pod fails with `invalid reference format`.
pub fn is_image_reference(text: &str) -> bool {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    let slash = rest.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match rest[slash..].find(':') {
        Some(at) => (&rest[..slash + at], Some(&rest[slash + at + 1..])),
        None => (rest, None),
    };
    digest.is_none_or(is_digest) && tag.is_none_or(is_tag) && is_name(name)
}

/// A domain, if the first part looks like one (`splitDockerDomain`), and path components.
fn is_name(name: &str) -> bool {
    // 64 hexadecimal digits are an identifier and no name.
    let is_id = name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let path = match name.split_once('/') {
        Some((first, path))
            if first.contains(['.', ':']) || first == "localhost" || first.to_lowercase() != first =>
        {
            if !is_domain(first) {
                return false;
            }
            path
        }
        _ => name,
    };
    !is_id && !name.is_empty() && name.len() <= 255 && path.split('/').all(is_component)
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (domain, None),
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_ipv6 = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .is_some_and(|host| !host.is_empty() && host.chars().all(|c| c.is_ascii_hexdigit() || c == ':'));
    port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
        && (is_ipv6 || host.split('.').all(is_label))
}

/// Lower-case letters and digits with separators between them: `.`, `_`, `__` or any number of `-`.
fn is_component(component: &str) -> bool {
    let is_alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    component.starts_with(is_alphanumeric)
        && component.ends_with(is_alphanumeric)
        && component.split(is_alphanumeric).all(|between| {
            matches!(between, "" | "." | "_" | "__") || between.bytes().all(|byte| byte == b'-')
        })
}

fn is_tag(tag: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128 && tag.starts_with(is_word) && tag.chars().all(|c| is_word(c) || matches!(c, '.' | '-'))
}

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else { return false };
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic()) && part.chars().all(|c| c.is_ascii_alphanumeric())
    };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return hex.len() >= 32 && algorithm.split(['+', '.', '_', '-']).all(is_part),
    };
    hex.len() == length && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::is_image_reference;

    #[test]
    fn references_are_told_from_other_texts() {
        let hex = "0123456789abcdef".repeat(4);
        let digest = format!("registry.k8s.io/pause@sha256:{hex}");
        for good in [
            "registry.k8s.io/pause:3.10",
            "pause",
            "rancher/mirrored-pause:3.6",
            "mcr.microsoft.com/oss/kubernetes/pause:3.6",
            "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/pause:3.5",
            "localhost/kubernetes/pause",
            "localhost:5000/a__b/c---d.e:V1_x-y.z",
            "[::1]:5000/pause",
            "node.test/pause:1",
            "Registry/pause:1",
            digest.as_str(),
        ] {
            assert!(is_image_reference(good), "{good}");
        }
        let short = format!("pause@sha256:{}", &hex[1..]);
        for bad in [
            "",
            " ",
            "registry.k8s.io/pause:3.10 ",
            " registry.k8s.io/pause",
            "registry.k8s.io/pause:",
            "Pause:3.9",
            "https://registry.k8s.io/pause:3.9",
            "registry.k8s.io//pause",
            "registry.k8s.io/pause:3.9\n",
            "a..b",
            "a/-b",
            "registry.k8s.io:/pause",
            "pause@3.9",
            "pause@sha256:",
            "registry.k8s.io/",
            ":3.9",
            "{{ .Image }}",
            hex.as_str(),
            short.as_str(),
        ] {
            assert!(!is_image_reference(bad), "{bad:?}");
        }
    }
}
