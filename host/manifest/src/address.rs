//! Which addresses a connection may go to.
//!
//! Rule: only addresses of the public Internet, unless the operator named a range that covers the address. A name may
//! resolve to anything, so what counts is the address that is connected to. This is not the place that decides which
//! host names are granted, nor does it look any up.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// What an address that is refused belongs to, in the words that an operator reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// Such as `a private address`.
    pub what: &'static str,
    /// The block that the address lies in.
    pub block: IpNet,
}

impl fmt::Display for Reserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.what, self.block)
    }
}

const fn v4(a: u8, b: u8, c: u8, length: u8, what: &'static str) -> Reserved {
    Reserved { what, block: IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), length)) }
}

const fn v6(first: [u16; 4], length: u8, what: &'static str) -> Reserved {
    let [a, b, c, d] = first;
    Reserved { what, block: IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), length)) }
}

/// The special-purpose registries of IANA (RFC 6890 and its updates). The narrower block stands before the wider one.
const RESERVED: &[Reserved] = &[
    v4(0, 0, 0, 8, "an unspecified address"),
    v4(10, 0, 0, 8, "a private address"),
    v4(100, 64, 0, 10, "an address behind a carrier's NAT"),
    v4(127, 0, 0, 8, "a loopback address"),
    v4(169, 254, 0, 16, "a link-local address"),
    v4(172, 16, 0, 12, "a private address"),
    v4(192, 0, 0, 24, "an address for protocol assignments"),
    v4(192, 0, 2, 24, "a documentation address"),
    v4(192, 88, 99, 24, "a 6to4 relay address"),
    v4(192, 168, 0, 16, "a private address"),
    v4(198, 18, 0, 15, "a benchmarking address"),
    v4(198, 51, 100, 24, "a documentation address"),
    v4(203, 0, 113, 24, "a documentation address"),
    v4(224, 0, 0, 4, "a multicast address"),
    v4(240, 0, 0, 4, "a reserved address"),
    Reserved { what: "an unspecified address", block: IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128)) },
    Reserved { what: "a loopback address", block: IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)) },
    // Deprecated forms that carry an IPv4 address; some stacks still route them to it.
    v6([0, 0, 0, 0], 96, "an IPv4-compatible address"),
    v6([0x64, 0xff9b, 0, 0], 96, "a NAT64 address"),
    v6([0x64, 0xff9b, 1, 0], 48, "a NAT64 address"),
    v6([0x100, 0, 0, 0], 64, "a discard address"),
    v6([0x2001, 0xdb8, 0, 0], 32, "a documentation address"),
    // Holds Teredo, ORCHID and benchmarking.
    v6([0x2001, 0, 0, 0], 23, "an address for protocol assignments"),
    v6([0x2002, 0, 0, 0], 16, "a 6to4 address"),
    v6([0x3fff, 0, 0, 0], 20, "a documentation address"),
    v6([0x5f00, 0, 0, 0], 16, "a segment-routing address"),
    v6([0xfc00, 0, 0, 0], 7, "a unique local address"),
    v6([0xfe80, 0, 0, 0], 10, "a link-local address"),
    v6([0xfec0, 0, 0, 0], 10, "a site-local address"),
    v6([0xff00, 0, 0, 0], 8, "a multicast address"),
];

/// What reserved block `address` lies in; none if it belongs to the public Internet.
fn reserved(address: IpAddr) -> Option<Reserved> {
    let address = address.to_canonical();
    RESERVED.iter().find(|entry| entry.block.contains(&address)).copied()
}

/// The ranges that are refused unless named, and that the operator named.
#[derive(Clone, Debug, Default)]
pub struct PrivateRanges(Vec<IpNet>);

impl PrivateRanges {
    /// Exactly these ranges.
    pub fn new(ranges: impl IntoIterator<Item = IpNet>) -> PrivateRanges {
        PrivateRanges(ranges.into_iter().collect())
    }

    /// Whether a connection may go to `address`.
    pub fn check(&self, address: IpAddr) -> Result<(), Reserved> {
        let address = address.to_canonical();
        match reserved(address) {
            Some(block) if !self.0.iter().any(|range| range.contains(&address)) => Err(block),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REFUSED: &[(&str, &str)] = &[
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "unspecified"),
        ("10.0.0.1", "private"),
        ("10.255.255.255", "private"),
        ("100.64.0.1", "carrier"),
        ("100.127.255.254", "carrier"),
        ("127.0.0.1", "loopback"),
        ("127.255.0.9", "loopback"),
        ("169.254.169.254", "link-local"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.8", "protocol"),
        ("192.0.2.7", "documentation"),
        ("192.88.99.1", "6to4"),
        ("192.168.1.1", "private"),
        ("198.18.0.1", "benchmarking"),
        ("198.19.255.255", "benchmarking"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.99", "documentation"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::7f00:1", "IPv4-compatible"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:10.1.2.3", "private"),
        ("::ffff:169.254.169.254", "link-local"),
        ("64:ff9b::a00:1", "NAT64"),
        ("64:ff9b::808:808", "NAT64"),
        ("64:ff9b:1::1", "NAT64"),
        ("100::1", "discard"),
        ("2001::1", "protocol"),
        ("2001:0:53aa:64c:0:fbff:3b:4b5", "protocol"),
        ("2001:10::1", "protocol"),
        ("2001:db8::1", "documentation"),
        ("2002:7f00:1::", "6to4"),
        ("3fff:abc::1", "documentation"),
        ("5f00::1", "segment-routing"),
        ("fc00::1", "unique local"),
        ("fd00:ec2::254", "unique local"),
        ("fe80::1", "link-local"),
        ("febf::1", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
    ];

    const PUBLIC: &[&str] = &[
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "140.82.121.4",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "2001:200::1",
        "2606:4700::1111",
        "2a01:4f8::1",
        "2003::1",
        "3ffe::1",
    ];

    fn address(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[test]
    fn special_addresses_are_refused_and_named() {
        for (text, what) in REFUSED {
            let refusal = PrivateRanges::default().check(address(text)).expect_err(text);
            assert!(refusal.what.contains(what), "{text}: {refusal} should say {what}");
        }
    }

    #[test]
    fn public_addresses_pass() {
        for text in PUBLIC {
            assert_eq!(PrivateRanges::default().check(address(text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_named_range_admits_what_it_covers_and_nothing_else() {
        let ranges =
            PrivateRanges::new(["10.1.0.0/16", "127.0.0.1/32", "fd00::/8"].map(|text| text.parse().expect(text)));
        for text in ["10.1.2.3", "::ffff:10.1.2.3", "127.0.0.1", "fd12::1", "8.8.8.8"] {
            assert_eq!(ranges.check(address(text)), Ok(()), "{text}");
        }
        for text in ["10.2.0.0", "127.0.0.2", "::1", "fc00::1", "64:ff9b::a01:203", "2002:a01:203::", "::10.1.2.3"] {
            assert!(ranges.check(address(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn everything_does_not_cover_the_other_family() {
        let ranges = PrivateRanges::new(["0.0.0.0/0".parse().expect("a range")]);
        assert_eq!(ranges.check(address("192.168.0.1")), Ok(()));
        assert!(ranges.check(address("::1")).is_err());
    }

    #[test]
    fn a_refusal_reads_well() {
        let refusal = reserved(address("10.9.8.7")).expect("private");
        assert_eq!(refusal.to_string(), "a private address (10.0.0.0/8)");
    }

    proptest! {
        #[test]
        fn a_mapped_address_is_judged_as_the_address_it_maps(bits: u32) {
            let plain = Ipv4Addr::from(bits);
            prop_assert_eq!(reserved(plain.into()), reserved(plain.to_ipv6_mapped().into()));
        }

        #[test]
        fn nothing_that_the_standard_library_calls_special_passes(bits: u128) {
            let address = Ipv6Addr::from(bits);
            if address.is_loopback() || address.is_multicast() || address.is_unicast_link_local() || address.is_unique_local() {
                prop_assert!(reserved(address.into()).is_some(), "{}", address);
            }
        }
    }
}
