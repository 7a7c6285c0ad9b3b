//! Fetching, against servers that do their worst.

mod listen;
#[path = "../mailserver/mod.rs"]
mod mailserver;
mod servers;
mod submit;
mod tls;
#[path = "../web/mod.rs"]
mod web;

use std::time::{Duration, Instant};

use sealpost_directory::{FetchError, FetchOptions, Fetcher, Wanted};
use web::{Answer, Web};

fn fetcher(allowed: &[String]) -> Fetcher {
    Fetcher::new(FetchOptions { allowed: allowed.iter().map(|a| a.parse().unwrap()).collect() })
}

#[test]
fn r_05_a_listed_host_is_asked_and_no_other() {
    let web = Web::start(|_, _| Answer::Bytes(b"crl".to_vec()));
    let open = fetcher(&[web.host()]);
    assert_eq!(open.fetch(&web.url("/a.crl"), &Wanted::Crl), Ok(vec![b"crl".to_vec()]));
    assert_eq!(web.requests(), ["GET /a.crl"]);

    // This machine by each of its names, and by its address as numbers that only look like something else.
    let closed = fetcher(&["127.0.0.1:1".into(), format!("localhost:{}", web.port)]);
    let refused = closed.fetch(&web.url("/a.crl"), &Wanted::Crl);
    assert_eq!(refused, Err(FetchError::Port { host: "127.0.0.1".into(), port: web.port }));
    for host in ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"] {
        let refused = fetcher(&[]).fetch(&format!("http://{host}/a.crl"), &Wanted::Crl);
        assert!(matches!(refused, Err(FetchError::Address { .. })), "{host}: {refused:?}");
    }
    assert_eq!(web.requests().len(), 1);
    // The name of the list is the one of the URL.
    let by_name = closed.fetch(&format!("http://localhost:{}/b.crl", web.port), &Wanted::Crl);
    assert_eq!(by_name, Ok(vec![b"crl".to_vec()]));
}

#[test]
fn r_05_other_ports_and_schemes_are_not_asked() {
    let web = Web::start(|_, _| Answer::Bytes(b"secret".to_vec()));
    for (url, wanted) in [
        ("http://127.0.0.1:22/", FetchError::Port { host: "127.0.0.1".into(), port: 22 }),
        ("http://example.org:25/", FetchError::Port { host: "example.org".into(), port: 25 }),
        ("file:///etc/passwd", FetchError::Scheme("file".into())),
        ("gopher://example.org:70/1", FetchError::Scheme("gopher".into())),
        ("FTP://example.org/", FetchError::Scheme("ftp".into())),
        ("ldap://example.org/cn=x", FetchError::Directory { host: "example.org".into(), port: 389 }),
        ("ldaps://[::1]/cn=x", FetchError::Directory { host: "::1".into(), port: 636 }),
        ("ldap:///cn=x", FetchError::BadUrl),
        ("nothing", FetchError::BadUrl),
        ("http://user@example.org/", FetchError::BadUrl),
    ] {
        assert_eq!(fetcher(&[web.host()]).fetch(url, &Wanted::Crl), Err(wanted), "{url}");
    }
    let unknown = fetcher(&[]).fetch("http://no-such-host.invalid/", &Wanted::Crl);
    assert_eq!(unknown, Err(FetchError::UnknownHost("no-such-host.invalid".into())));
    assert!(web.requests().is_empty());
}

#[test]
fn r_05_each_redirect_is_judged_again() {
    let inside = Web::start(|_, _| Answer::Bytes(b"secret".to_vec()));
    let secret = inside.url("/secret");
    let to = secret.clone();
    let web = Web::start(move |path, _| match path {
        "/in" => Answer::Redirect(302, to.clone()),
        "/private" => Answer::Redirect(302, "http://10.0.0.1/".into()),
        "/name" => Answer::Redirect(307, "http://localhost/".into()),
        "/tls" => Answer::Redirect(301, "https://example.org/".into()),
        "/file" => Answer::Redirect(303, "file:///etc/passwd".into()),
        "/loop" => Answer::Redirect(302, "/loop".into()),
        "/1" => Answer::Redirect(302, "/2".into()),
        "/2" => Answer::Redirect(308, "/3".into()),
        "/3" => Answer::Redirect(302, "/here".into()),
        _ => Answer::Bytes(b"found".to_vec()),
    });
    let fetch = |path: &str| fetcher(&[web.host()]).fetch(&web.url(path), &Wanted::Crl);
    assert_eq!(fetch("/in"), Err(FetchError::Port { host: "127.0.0.1".into(), port: inside.port }));
    assert!(inside.requests().is_empty());
    assert!(matches!(fetch("/private"), Err(FetchError::Address { range: "private", .. })));
    assert!(matches!(fetch("/name"), Err(FetchError::Address { range: "this machine", .. })));
    assert_eq!(fetch("/tls"), Err(FetchError::Redirect("https://example.org/".into())));
    assert_eq!(fetch("/file"), Err(FetchError::Redirect("file:///etc/passwd".into())));
    assert_eq!(fetch("/loop"), Err(FetchError::Redirects(3)));
    assert_eq!(fetch("/1"), Ok(vec![b"found".to_vec()]));
    // A question is repeated only where the server says so.
    let ask = |path: &str| fetcher(&[web.host()]).fetch(&web.url(path), &Wanted::Ocsp(b"question".to_vec()));
    assert_eq!(ask("/1"), Err(FetchError::Status(302)));
    assert_eq!(ask("/here"), Ok(vec![b"found".to_vec()]));
}

#[test]
fn r_05_size_has_a_bound_even_where_the_host_is_listed() {
    let web = Web::start(|path, _| match path {
        "/long" => Answer::Long(1 << 30),
        "/headers" => Answer::Headers,
        "/64" => Answer::Bytes(vec![0; 64 << 10]),
        "/65" => Answer::Bytes(vec![0; (64 << 10) + 1]),
        _ => Answer::Endless,
    });
    let fetch = |path: &str, wanted: &Wanted| fetcher(&[web.host()]).fetch(&web.url(path), wanted);
    assert_eq!(fetch("/long", &Wanted::Crl), Err(FetchError::TooLarge(20 << 20)));
    assert_eq!(fetch("/endless", &Wanted::Crl), Err(FetchError::TooLarge(20 << 20)));
    assert_eq!(fetch("/endless", &Wanted::Issuer), Err(FetchError::TooLarge(64 << 10)));
    assert_eq!(fetch("/64", &Wanted::Issuer).unwrap()[0].len(), 64 << 10);
    assert_eq!(fetch("/65", &Wanted::Ocsp(vec![])), Err(FetchError::TooLarge(64 << 10)));
    assert_eq!(fetch("/headers", &Wanted::Crl), Err(FetchError::LargeHeader));
}

#[test]
fn r_05_time_has_a_bound_whatever_the_server_does() {
    let web = Web::start(|path, _| if path == "/drip" { Answer::Drip } else { Answer::Never });
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_ldap = silent.local_addr().unwrap();
    let urls = [web.url("/drip"), web.url("/never"), format!("ldap://{silent_ldap}/cn=x")];
    let allowed = [web.host(), silent_ldap.to_string()];
    std::thread::scope(|scope| {
        for url in urls {
            let fetcher = fetcher(&allowed);
            scope.spawn(move || {
                let began = Instant::now();
                assert_eq!(fetcher.fetch(&url, &Wanted::Crl), Err(FetchError::Timeout(5)), "{url}");
                assert!(began.elapsed() < Duration::from_secs(8), "{url}: {:?}", began.elapsed());
                // It is not waited for twice.
                assert!(matches!(fetcher.fetch(&url, &Wanted::Crl), Err(FetchError::Silent(_))), "{url}");
            });
        }
    });
}

#[test]
fn r_05_an_operation_asks_so_often_and_no_more() {
    let web = Web::start(|_, _| Answer::Status(404));
    let fetcher = fetcher(&[web.host()]);
    for _ in 0..24 {
        assert_eq!(fetcher.fetch(&web.url("/x"), &Wanted::Crl), Err(FetchError::Status(404)));
    }
    assert_eq!(fetcher.fetch(&web.url("/x"), &Wanted::Crl), Err(FetchError::Count));
    assert_eq!(web.requests().len(), 24);
}

#[test]
fn directories_that_were_allowed_are_searched() {
    let port = web::ldap("certificateRevocationList;binary", vec![b"one".to_vec(), b"two".to_vec()], 0);
    let fetcher = fetcher(&[format!("localhost:{port}")]);
    let url = format!("ldap://localhost:{port}/CN=CA,O=Example?certificateRevocationList?base");
    assert_eq!(fetcher.fetch(&url, &Wanted::Crl), Ok(vec![b"one".to_vec(), b"two".to_vec()]));
    let refused = fetcher.fetch(&format!("ldap://127.0.0.1:{port}/cn=x"), &Wanted::Crl);
    assert!(matches!(refused, Err(FetchError::Directory { .. })));
    // Another attribute, none, and a refusal.
    let other = fetcher.fetch(&format!("ldap://localhost:{port}/cn=x?cACertificate"), &Wanted::Issuer);
    assert_eq!(other, Err(FetchError::NothingThere));
    for (code, wanted) in [(32, FetchError::NothingThere), (50, FetchError::LdapResult(50))] {
        let port = web::ldap("cACertificate", Vec::new(), code);
        let fetcher = self::fetcher(&[format!("127.0.0.1:{port}")]);
        assert_eq!(fetcher.fetch(&format!("ldap://127.0.0.1:{port}/cn=x"), &Wanted::Issuer), Err(wanted));
    }
    let port = web::ldap("cACertificate", vec![vec![0; 200 << 10]], 0);
    let fetcher = self::fetcher(&[format!("127.0.0.1:{port}")]);
    let large = fetcher.fetch(&format!("ldap://127.0.0.1:{port}/cn=x"), &Wanted::Issuer);
    assert_eq!(large, Err(FetchError::TooLarge(64 << 10)));
}

/// Whether a program is there. Says so if it is not, and fails where everything is required.
fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !found {
        assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "{program} is not installed");
        eprintln!("skipped: install {program}");
    }
    found
}
