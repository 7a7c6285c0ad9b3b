//! https and ldaps: servers that the system's bundle vouches for, and those that it does not.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ca::acme::client::Transport;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use sealpost_directory::{AcmeHttp, FetchError, Wanted};

use crate::fetcher;
use crate::web::{self, Answer, Web};

/// The bundle is named by the environment, which is a process's: the test asks in a process of its own, which is this
/// very test again.
#[test]
fn servers_by_tls_are_believed_by_the_bundle_and_by_nothing_else() {
    if let Ok(ports) = std::env::var(PORTS) {
        let ports: Vec<u16> = ports.split(' ').map(|p| p.parse().unwrap()).collect();
        return ask(ports.try_into().unwrap());
    }
    if !has_openssl() {
        return;
    }
    let folder = Folder::new();
    let web = Web::start(|path, _| match path {
        "/down" => Answer::Redirect(302, "http://localhost/x".into()),
        "/endless" => Answer::Endless,
        "/" => Answer::Bytes(b"answered".to_vec()),
        _ => Answer::Bytes(b"found".to_vec()),
    });
    let directory = web::ldap("certificateRevocationList;binary", vec![b"one".to_vec(), b"two".to_vec()], 0);
    folder.authority("root");
    folder.authority("stranger");
    let server = |name: &str, by: &str, dates: &str, plain: u16| secure(folder.server(name, by, dates), plain);
    let valid = "-days 2";
    let ports = [
        server("web", "root", valid, web.port),
        server("directory", "root", valid, directory),
        server("foreign-web", "stranger", valid, web.port),
        server("foreign-directory", "stranger", valid, directory),
        server("old", "root", "-days -1", web.port),
        web.port,
    ];
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tls::servers_by_tls_are_believed_by_the_bundle_and_by_nothing_else", "--nocapture"])
        .env("SSL_CERT_FILE", folder.0.join("root.crt"))
        .env(PORTS, ports.join(" "))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
    // Redirects went nowhere, and nothing was asked of who is not believed.
    assert_eq!(web.requests(), ["GET /x.crl", "POST /", "GET /down", "GET /endless"]);
}

/// What carries an ACME client's requests: whom the file vouches for, and this machine without TLS.
#[test]
fn acme_is_asked_of_who_is_believed() {
    if !has_openssl() {
        return;
    }
    let folder = Folder::new();
    let web = Web::start(|path, _| match path {
        "/to" => Answer::Redirect(302, "http://localhost/x".into()),
        "/endless" => Answer::Endless,
        "/never" => Answer::Never,
        _ => Answer::Bytes(b"{}".to_vec()),
    });
    folder.authority("root");
    folder.authority("stranger");
    let good = secure(folder.server("web", "root", "-days 2"), web.port);
    let foreign = secure(folder.server("foreign-web", "stranger", "-days 2"), web.port);
    let mut http = AcmeHttp::new(Some(&folder.0.join("root.crt")), Duration::from_secs(3));
    assert_eq!(http.get(&format!("https://localhost:{good}/directory"), false).unwrap().body, b"{}");
    assert_eq!(http.post(&format!("https://localhost:{good}/new"), b"{}").unwrap().status, 200);
    assert_eq!(http.get(&web.url("/directory"), false).unwrap().body, b"{}");
    assert_eq!(http.get(&format!("https://localhost:{good}/to"), false).unwrap().status, 302, "it is not followed");
    let asked = web.requests();
    for (url, why) in [
        (format!("https://localhost:{foreign}/directory"), "certificate"),
        (format!("https://example.invalid:{good}/directory"), "example.invalid"),
        (format!("https://user@localhost:{good}/directory"), "no https:// URL"),
        ("http://192.0.2.1/directory".to_owned(), "without TLS"),
        ("file:///etc/passwd".to_owned(), "no https:// URL"),
    ] {
        let refused = http.get(&url, false).unwrap_err();
        assert!(refused.contains(why), "{url}: {refused}");
    }
    assert_eq!(web.requests(), asked);
    let url = |path: &str| format!("https://localhost:{good}{path}");
    assert!(http.get(&url("/endless"), false).unwrap_err().contains("more than 1048576"));
    let began = Instant::now();
    http.get(&url("/never"), false).unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

fn ask([web, directory, foreign_web, foreign_directory, old, plain]: [u16; 6]) {
    let all = [web, directory, foreign_web, foreign_directory, old, plain];
    let allowed: Vec<String> = all.iter().flat_map(|p| [format!("localhost:{p}"), format!("127.0.0.1:{p}")]).collect();
    let fetch = |url: String, wanted: &Wanted| fetcher(&allowed).fetch(&url, wanted);
    assert_eq!(fetch(format!("https://localhost:{web}/x.crl"), &Wanted::Crl), Ok(vec![b"found".to_vec()]));
    let answer = fetch(format!("https://localhost:{web}/"), &Wanted::Ocsp(b"question".to_vec()));
    assert_eq!(answer, Ok(vec![b"answered".to_vec()]));
    let found = fetch(format!("ldaps://localhost:{directory}/CN=CA?certificateRevocationList"), &Wanted::Crl);
    assert_eq!(found, Ok(vec![b"one".to_vec(), b"two".to_vec()]));
    // A redirect to where everybody may listen is not followed, and size has its bound here too.
    let down = fetch(format!("https://localhost:{web}/down"), &Wanted::Crl);
    assert_eq!(down, Err(FetchError::Redirect("http://localhost/x".into())));
    let endless = fetch(format!("https://localhost:{web}/endless"), &Wanted::Issuer);
    assert_eq!(endless, Err(FetchError::TooLarge(64 << 10)));
    for refused in [
        // By somebody whom the bundle lacks.
        format!("https://localhost:{foreign_web}/x.crl"),
        format!("ldaps://localhost:{foreign_directory}/CN=CA"),
        // Another name than the certificate has.
        format!("https://127.0.0.1:{web}/x.crl"),
        format!("ldaps://127.0.0.1:{directory}/CN=CA"),
        // Expired.
        format!("https://localhost:{old}/x.crl"),
    ] {
        let told = fetch(refused.clone(), &Wanted::Crl);
        assert!(matches!(told, Err(FetchError::Tls(_))), "{refused}: {told:?}");
    }
    // No TLS at all.
    for refused in [format!("https://localhost:{plain}/x.crl"), format!("ldaps://localhost:{plain}/CN=CA")] {
        let told = fetch(refused.clone(), &Wanted::Crl);
        assert!(matches!(told, Err(FetchError::Tls(_) | FetchError::Connection(_))), "{refused}: {told:?}");
    }
}

/// A server by TLS before one without: the number of its port. It lives as long as the test's process.
fn secure(config: Arc<ServerConfig>, plain: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, config) = (stream.unwrap(), Arc::clone(&config));
            thread::spawn(move || {
                let connection = ServerConnection::new(config).unwrap();
                // Who does not believe the server goes.
                let _ = relay(StreamOwned::new(connection, stream), plain);
            });
        }
    });
    port
}

fn relay(mut outer: StreamOwned<ServerConnection, TcpStream>, plain: u16) -> std::io::Result<()> {
    while outer.conn.is_handshaking() {
        outer.conn.complete_io(&mut outer.sock)?;
    }
    let mut inner = TcpStream::connect(("127.0.0.1", plain))?;
    outer.sock.set_read_timeout(Some(Duration::from_millis(5)))?;
    inner.set_read_timeout(Some(Duration::from_millis(5)))?;
    let mut buffer = [0; 8192];
    loop {
        if pass(&mut outer, &mut inner, &mut buffer)? || pass(&mut inner, &mut outer, &mut buffer)? {
            outer.conn.send_close_notify();
            return outer.flush();
        }
    }
}

/// Passes on what is there; whether that was the end.
fn pass(from: &mut impl Read, to: &mut impl Write, buffer: &mut [u8]) -> std::io::Result<bool> {
    match from.read(buffer) {
        Ok(0) => Ok(true),
        Ok(count) => to.write_all(&buffer[..count]).and_then(|()| to.flush()).map(|()| false),
        Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(false),
        Err(e) => Err(e),
    }
}

/// A folder in which openssl makes keys and certificates; it vanishes with the value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("sealpost-tls-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn openssl(&self, arguments: &str) {
        let run = Command::new("openssl").args(arguments.split(' ')).current_dir(&self.0).output().unwrap();
        assert!(run.status.success(), "{arguments}: {}", String::from_utf8_lossy(&run.stderr));
    }

    fn authority(&self, name: &str) {
        self.openssl(&format!(
            "req -x509 {KEY} -keyout {name}.key -out {name}.crt -subj /CN={name} -days 2 \
             -addext keyUsage=critical,keyCertSign"
        ));
    }

    /// A server of the name `localhost`.
    fn server(&self, name: &str, by: &str, dates: &str) -> Arc<ServerConfig> {
        std::fs::write(self.0.join("ext"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:false\n").unwrap();
        self.openssl(&format!("req -new {KEY} -keyout {name}.key -out {name}.csr -subj /CN={name}"));
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA {by}.crt -CAkey {by}.key {dates} -extfile ext -outform DER -out {name}.der"
        ));
        self.openssl(&format!("pkcs8 -topk8 -nocrypt -in {name}.key -outform DER -out {name}.p8"));
        let read = |ending: &str| std::fs::read(Path::new(&self.0).join(format!("{name}.{ending}"))).unwrap();
        let (certificate, key) = (CertificateDer::from(read("der")), PrivatePkcs8KeyDer::from(read("p8")));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key.into()).unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn has_openssl() -> bool {
    let found = Command::new("openssl").arg("version").output().is_ok();
    if !found {
        assert_ne!(std::env::var("SEALPOST_REQUIRE").as_deref(), Ok("all"), "openssl is not installed");
        eprintln!("skipped: install openssl");
    }
    found
}

const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
const PORTS: &str = "SEALPOST_TEST_TLS_PORTS";
