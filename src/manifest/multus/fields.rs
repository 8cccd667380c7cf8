//! The fields of the JSON syntax, as Go decodes them: keys in any case, null as absent.

use serde_json::{Map, Value};

use super::super::go_json::type_name;
use super::super::nearest::nearest;
use super::super::net::{Cidr, ip, is_mac};
use super::element::{Element, interface_name};
use super::problem::Problem;
use crate::report::codes::lint as codes;

/// The fields that Multus knows, each with an example.
const FIELDS: &[(&str, &str)] = &[
    ("name", r#""name": "net-a""#),
    ("namespace", r#""namespace": "default""#),
    ("ips", r#""ips": ["192.0.2.10/24"]"#),
    ("mac", r#""mac": "02:00:00:00:00:01""#),
    ("infiniband-guid", r#""infiniband-guid": "02:00:5e:10:00:00:00:01""#),
    ("interface", r#""interface": "net1""#),
    ("interfaceRequest", r#""interface": "net1""#),
    ("portMappings", r#""portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]"#),
    (
        "bandwidth",
        r#""bandwidth": {"ingressRate": 1000000, "ingressBurst": 80000, "egressRate": 1000000, "egressBurst": 80000}"#,
    ),
    ("deviceID", r#""deviceID": "0000:3b:02.1""#),
    ("cni-args", r#""cni-args": {"vlan": 7}"#),
    ("default-route", r#""default-route": ["192.0.2.1"]"#),
    ("ipam-claim-reference", r#""ipam-claim-reference": "claim""#),
];

/// Parses one object of the JSON syntax. `index` counts from 0.
pub(super) fn from_json(index: usize, item: &Value, problems: &mut Vec<Problem>) -> Option<Element> {
    let Value::Object(fields) = item else {
        let message = format!("has a JSON {} at index {index}; Multus needs objects", type_name(item));
        problems.push(Problem::new(codes::NETWORKS, message));
        return None;
    };
    let mut reader = Reader { index, fields, problems };
    reader.unknown();
    let name = match reader.get("name") {
        None => String::new(),
        Some(_) => reader.text("name")?,
    };
    if name.is_empty() {
        reader.wrong("name", "nothing");
        return None;
    }
    let interface = reader.text("interface").or_else(|| reader.text("interfaceRequest"));
    let interface = interface.filter(|interface| !interface.is_empty());
    if let Some(problem) = interface.as_deref().and_then(|text| interface_name(text, &name).err()) {
        reader.problems.push(problem);
    }
    reader.addresses();
    reader.ports();
    reader.rest();
    let namespace = reader.text("namespace").filter(|namespace| !namespace.is_empty());
    Some(Element { name, namespace, interface })
}

struct Reader<'a> {
    index: usize,
    fields: &'a Map<String, Value>,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn get(&self, field: &str) -> Option<&Value> {
        let any_case =
            || self.fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(field)).map(|(_, value)| value);
        self.fields.get(field).or_else(any_case).filter(|value| !value.is_null())
    }

    fn wrong(&mut self, field: &str, what: &str) {
        let message = format!("has {what} for {field:?} at index {}", self.index);
        let right = FIELDS.iter().find(|(name, _)| *name == field).map_or("", |(_, right)| right);
        self.problems.push(Problem::new(codes::NETWORKS, message).hint(right));
    }

    fn unknown(&mut self) {
        let known = |key: &str| FIELDS.iter().any(|(field, _)| field.eq_ignore_ascii_case(key));
        for key in self.fields.keys().filter(|key| !known(key)) {
            let meant = nearest(key, FIELDS.iter().map(|(field, _)| *field)).unwrap_or_default();
            let right = FIELDS.iter().find(|(name, _)| *name == meant).map_or("", |(_, right)| right);
            let message = format!("has a field {key:?} at index {}, which Multus ignores", self.index);
            let hint = format!("Nearest known field: {right}");
            self.problems.push(Problem::new(codes::FIELD_UNKNOWN, message).hint(hint));
        }
    }

    fn text(&mut self, field: &str) -> Option<String> {
        match self.get(field)? {
            Value::String(text) => Some(text.clone()),
            other => {
                let what = format!("a {} instead of a string", type_name(other));
                self.wrong(field, &what);
                None
            }
        }
    }

    fn texts(&mut self, field: &str) -> Vec<String> {
        let texts = match self.get(field) {
            None => return Vec::new(),
            Some(Value::Array(items)) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
            Some(_) => None,
        };
        texts.unwrap_or_else(|| {
            self.wrong(field, "a value that is not an array of strings");
            Vec::new()
        })
    }

    fn addresses(&mut self) {
        for field in ["mac", "infiniband-guid"] {
            if let Some(mac) = self.text(field).filter(|mac| !mac.is_empty() && !is_mac(mac)) {
                self.wrong(field, &format!("{mac:?}, which is not a hardware address,"));
            }
        }
        for address in self.texts("ips") {
            if ip(&address).is_none() && Cidr::parse(&address).is_none() {
                self.wrong("ips", &format!("{address:?}, which is not an address or a CIDR,"));
            }
        }
        for gateway in self.texts("default-route") {
            if ip(&gateway).is_none() {
                self.wrong("default-route", &format!("{gateway:?}, which is not an address,"));
            }
        }
    }

    fn ports(&mut self) {
        let Some(mappings) = self.get("portMappings") else { return };
        let port = |value: Option<&Value>| match value {
            None | Some(Value::Null) => true,
            Some(value) => value.as_u64().is_some_and(|port| port <= 65535),
        };
        let legal = |item: &Value| {
            item.is_object()
                && port(item.get("hostPort"))
                && port(item.get("containerPort"))
                && item.get("protocol").is_none_or(Value::is_string)
        };
        if !mappings.as_array().is_some_and(|items| items.iter().all(legal)) {
            self.wrong("portMappings", "a value that is not an array of port mappings");
        }
    }

    fn rest(&mut self) {
        let whole =
            |limits: &Map<String, Value>| limits.values().all(|limit| limit.is_i64() || limit.is_u64());
        if self.get("bandwidth").is_some_and(|limits| !limits.as_object().is_some_and(whole)) {
            self.wrong("bandwidth", "a value that is not a whole number");
        }
        if self.get("cni-args").is_some_and(|value| !value.is_object()) {
            self.wrong("cni-args", "a value that is not an object");
        }
        if self.get("deviceID").is_some_and(|value| !value.is_string()) {
            self.wrong("deviceID", "a value that is not a string");
        }
    }
}
