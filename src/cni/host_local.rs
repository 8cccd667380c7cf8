//! The addresses that the plugin host-local hands out, as its configuration says (containernetworking/plugins
//! `plugins/ipam/host-local/backend/allocator`).

use std::net::IpAddr;

use super::conflist::Conflist;
use super::json::{JsonKind, Value};

/// Where host-local keeps its leases (`backend/disk`, `defaultDataDir`).
const DATA_DIR: &str = "/var/lib/cni/networks";

/// One use of host-local in a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostLocal {
    /// The directory of the leases.
    pub dir: String,
    /// The sets of ranges; a pod gets an address of each set.
    pub sets: Vec<Vec<AddressRange>>,
    /// The file of flannel with the subnet, if the range stands there.
    pub subnet_file: Option<String>,
}

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    first: u128,
    last: u128,
    gateway: Option<u128>,
    is_v4: bool,
}

impl AddressRange {
    /// The range of a whole subnet; `None` if the text is not one, or has no room for a pod.
    pub fn of_subnet(subnet: &str) -> Option<Self> {
        let (address, length) = subnet.split_once('/')?;
        let ip: IpAddr = address.parse().ok()?;
        let length: u32 = length.parse().ok()?;
        let (bits, is_v4) = number(ip);
        let width: u32 = if is_v4 { 32 } else { 128 };
        let host = width.checked_sub(length).filter(|host| *host >= 2)?;
        let mask = 1_u128.checked_shl(host).map_or(u128::MAX, |size| size - 1);
        let (network, broadcast) = (bits & !mask, bits | mask);
        // The last address of IPv4 is the broadcast address (`range.go`, `lastIP`).
        let last = if is_v4 { broadcast - 1 } else { broadcast };
        Some(Self { first: network + 1, last, gateway: Some(network + 1), is_v4 })
    }

    /// The number of addresses that pods can get: the gateway's is left out (`allocator.go`, `Next`).
    pub fn room(&self) -> u128 {
        let all = (self.last - self.first).saturating_add(1);
        let has_gateway = self.gateway.is_some_and(|gateway| gateway >= self.first && gateway <= self.last);
        all - u128::from(has_gateway)
    }

    /// True if the text is an address of the range.
    pub fn has(&self, text: &str) -> bool {
        let Some((ip, is_v4)) = text.parse().ok().map(number) else { return false };
        is_v4 == self.is_v4 && ip >= self.first && ip <= self.last
    }

    fn read(range: Value<'_>) -> Option<Self> {
        let mut read = Self::of_subnet(&text(range, "subnet")?)?;
        let address = |key: &str| Some(number(text(range, key)?.parse().ok()?).0);
        read.first = address("rangeStart").unwrap_or(read.first);
        read.last = address("rangeEnd").unwrap_or(read.last);
        read.gateway = address("gateway").or(read.gateway);
        (read.first <= read.last).then_some(read)
    }
}

fn number(ip: IpAddr) -> (u128, bool) {
    match ip {
        IpAddr::V4(ip) => (u128::from(u32::from(ip)), true),
        IpAddr::V6(ip) => (u128::from(ip), false),
    }
}

impl Conflist {
    /// The uses of host-local whose ranges are known, in the order of the plugins.
    pub fn host_local(&self) -> Vec<HostLocal> {
        self.plugins().filter_map(|(plugin, name)| of_plugin(self.network(), plugin, name)).collect()
    }
}

fn of_plugin(network: &str, plugin: Value<'_>, name: &str) -> Option<HostLocal> {
    let ipam = plugin.fields("ipam").last();
    let ipam_type = ipam.and_then(|ipam| text(ipam, "type"));
    let is_flannel = name == "flannel";
    if ipam_type.as_deref().unwrap_or(if is_flannel { "host-local" } else { "" }) != "host-local" {
        return None;
    }
    let dir = ipam.and_then(|ipam| text(ipam, "dataDir")).unwrap_or_else(|| DATA_DIR.to_owned());
    let dir = format!("{}/{network}", dir.trim_end_matches('/'));
    if is_flannel {
        let file = text(plugin, "subnetFile").unwrap_or_else(|| "/run/flannel/subnet.env".to_owned());
        return Some(HostLocal { dir, sets: Vec::new(), subnet_file: Some(file) });
    }
    let ipam = ipam?;
    let list = |value: Value<'_>| value.kind() == JsonKind::Array;
    let sets = ipam.fields("ranges").last().filter(|ranges| list(*ranges));
    let mut sets: Vec<Vec<AddressRange>> = sets
        .into_iter()
        .flat_map(Value::children)
        .map(|set| set.children().filter_map(AddressRange::read).collect())
        .collect();
    sets.extend(AddressRange::read(ipam).map(|range| vec![range]));
    sets.retain(|set| !set.is_empty());
    (!sets.is_empty()).then_some(HostLocal { dir, sets, subnet_file: None })
}

/// The last field with this name, as Go reads it, if it is a text that is not empty.
fn text(object: Value<'_>, key: &str) -> Option<String> {
    let text = object.fields(key).last()?.string()?.into_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::super::{Conflist, Libcni};

    fn of(plugin: &str) -> Vec<super::HostLocal> {
        let list = format!(r#"{{"name":"n","plugins":[{plugin}]}}"#);
        Conflist::read("a.conflist", list.as_bytes(), Libcni::V1_1).unwrap().host_local()
    }

    #[test]
    fn the_room_is_what_host_local_can_hand_out() {
        for (ipam, sizes) in [
            (r#""subnet":"10.88.0.0/24""#, &[253][..]),
            (r#""subnet":"10.88.0.0/16""#, &[65_533]),
            (r#""subnet":"10.88.0.0/24","rangeStart":"10.88.0.10","rangeEnd":"10.88.0.19""#, &[10]),
            (r#""subnet":"10.88.0.0/24","rangeEnd":"10.88.0.9","gateway":"10.88.0.254""#, &[9]),
            (
                r#""Ranges":[[{"subnet":"10.1.0.0/29"},{"subnet":"10.2.0.0/30"}],[{"subnet":"fd00::/120"}]]"#,
                &[6, 254],
            ),
            (r#""subnet":"usePodCidr""#, &[]),
            (r#""subnet":"10.88.0.0/31""#, &[]),
            (r#""ranges":[[]]"#, &[]),
        ] {
            let found = of(&format!(r#"{{"type":"bridge","ipam":{{"type":"host-local",{ipam}}}}}"#));
            let sets = found.iter().flat_map(|found| &found.sets);
            let found: Vec<u128> = sets.map(|set| set.iter().map(super::AddressRange::room).sum()).collect();
            assert_eq!(found, sizes, "{ipam}");
        }
        assert_eq!(of(r#"{"type":"bridge","ipam":{"type":"dhcp","subnet":"10.88.0.0/24"}}"#), []);
    }

    #[test]
    fn the_leases_lie_where_the_configuration_says() {
        let ipam = r#"{"type":"host-local","subnet":"10.88.0.0/24","dataDir":"/run/leases/"}"#;
        assert_eq!(of(&format!(r#"{{"type":"ptp","ipam":{ipam}}}"#))[0].dir, "/run/leases/n");
        let flannel = of(r#"{"type":"flannel","delegate":{"isDefaultGateway":true}}"#);
        assert_eq!(flannel[0].subnet_file.as_deref(), Some("/run/flannel/subnet.env"));
        assert_eq!(flannel[0].dir, "/var/lib/cni/networks/n");
    }
}
