//! Where a request comes from, as far as limits on guessing need it: a network, never the single address.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;

use crate::config::Config;

/// The network of the caller: /24 of IPv4, /56 of IPv6. Behind a proxy the address it names counts, if the proxy is trusted.
pub(super) fn network(request: &HttpRequest, config: &Config) -> String {
    let Some(peer) = request.peer_addr().map(|address| address.ip().to_canonical()) else {
        return "unknown".to_owned();
    };
    let named = config.trusted_proxies.contains(&peer).then(|| last_forwarded(request)).flatten();
    network_of(named.unwrap_or(peer))
}

/// Whether the caller came by TLS, which ends at the proxy: the proxy says so, and is trusted.
pub(super) fn came_by_tls(request: &HttpRequest, config: &Config) -> bool {
    let peer = request.peer_addr().map(|address| address.ip().to_canonical());
    let is_trusted = peer.is_some_and(|peer| config.trusted_proxies.contains(&peer));
    let named = request.headers().get_all("x-forwarded-proto").last().and_then(|value| value.to_str().ok());
    is_trusted && named.and_then(|names| names.rsplit(',').next()).is_some_and(|name| name.trim() == "https")
}

/// The address the proxy itself saw stands last; what stands before it anybody could have written.
fn last_forwarded(request: &HttpRequest) -> Option<IpAddr> {
    let header = request.headers().get_all("x-forwarded-for").last()?.to_str().ok()?;
    header.rsplit(',').next()?.trim().parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn network_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let kept = v6.to_bits() & (u128::MAX << (128 - 56));
            format!("{}/56", Ipv6Addr::from_bits(kept))
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::store::DatabaseUrl;

    #[test]
    fn a_network_is_what_an_office_shares() {
        assert_eq!(network_of("203.0.113.77".parse().expect("an address")), "203.0.113.0/24");
        assert_eq!(network_of("2001:db8:1:2ff::1".parse().expect("an address")), "2001:db8:1:200::/56");
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let mut config = Config::new(DatabaseUrl::parse("x.db").expect("a URL"));
        let request = TestRequest::post()
            .peer_addr("127.0.0.1:9".parse().expect("an address"))
            .insert_header(("x-forwarded-for", "198.51.100.1, 203.0.113.7"))
            .to_http_request();
        assert_eq!(network(&request, &config), "127.0.0.0/24");
        config.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
        assert_eq!(network(&request, &config), "203.0.113.0/24");
    }
}
