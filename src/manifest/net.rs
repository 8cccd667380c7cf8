//! Parses addresses, prefixes and MACs as Go's `net` package does.

use std::net::IpAddr;

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    /// The name: `IPv4` or `IPv6`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }

    /// The family of an address. For Go's `To4`, `::ffff:10.0.0.1` is IPv4.
    pub(super) fn of(ip: IpAddr) -> Self {
        if ip.to_canonical().is_ipv4() { Self::V4 } else { Self::V6 }
    }
}

/// Parses an address as `net.ParseIP` does.
pub(super) fn ip(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// An address with a prefix length, as `net.ParseCIDR` parses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cidr {
    ip: IpAddr,
    length: u8,
}

impl Cidr {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let ip: IpAddr = address.parse().ok()?;
        if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let length: u8 = length.parse().ok()?;
        (length <= if ip.is_ipv4() { 32 } else { 128 }).then_some(Self { ip, length })
    }

    pub(super) fn family(self) -> Family {
        Family::of(self.ip)
    }

    /// The network of the address: equal for two texts of the same network.
    pub(super) fn network(self) -> (u128, u8, bool) {
        let (bits, width) = match self.ip {
            IpAddr::V4(ip) => (u128::from(u32::from(ip)), 32),
            IpAddr::V6(ip) => (u128::from(ip), 128),
        };
        let host = u32::from(width - self.length);
        let mask = u128::MAX.checked_shl(host).unwrap_or(0);
        (bits & mask, self.length, self.ip.is_ipv4())
    }
}

/// True if `net.ParseMAC` accepts the text: 6, 8 or 20 octets with `:` or `-`, or groups of four digits with `.`.
pub(super) fn is_mac(text: &str) -> bool {
    let groups = |separator: char, digits: usize, counts: [usize; 3]| {
        let parts: Vec<_> = text.split(separator).collect();
        counts.contains(&parts.len())
            && parts
                .iter()
                .all(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    groups(':', 2, [6, 8, 20]) || groups('-', 2, [6, 8, 20]) || groups('.', 4, [3, 4, 10])
}

#[cfg(test)]
mod tests;
