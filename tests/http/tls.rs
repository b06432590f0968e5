//! TLS of the service itself, with certificates made on the spot.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};

use crate::support::database::TestDatabase;
use crate::support::process::{Process, khaosat};
use khaosat::store::SystemClock;

/// Writes a new certificate and its key into a folder; gives the certificate, for whoever shall trust it.
fn new_certificate(folder: &Path) -> CertificateDer<'static> {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let rcgen::CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).expect("a certificate");
    std::fs::write(folder.join("cert.pem"), cert.pem()).expect("written");
    write_key(folder, &signing_key.serialize_pem());
    cert.der().clone()
}

fn write_key(folder: &Path, pem: &str) {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("key.pem");
    std::fs::write(&path, pem).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("set");
}

fn serve(database: &TestDatabase, folder: &Path) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_khaosat"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--database", &database.url]);
    command.arg("--tls-cert").arg(folder.join("cert.pem")).arg("--tls-key").arg(folder.join("key.pem"));
    Process::start(command)
}

/// One request over TLS of a version, trusting one certificate; the whole answer.
fn ask(
    address: &str,
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
    request: &str,
) -> Result<String, String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).map_err(|error| error.to_string())?;
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[version])
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").map_err(|error| error.to_string())?;
    let connection = ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
    let socket = TcpStream::connect(address).map_err(|error| error.to_string())?;
    socket.set_read_timeout(Some(Duration::from_secs(20))).map_err(|error| error.to_string())?;
    let mut stream = StreamOwned::new(connection, socket);
    stream.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
    let mut all = Vec::new();
    match stream.read_to_end(&mut all) {
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => Err(error.to_string()),
        _ => Ok(String::from_utf8_lossy(&all).into_owned()),
    }
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

#[test]
fn the_service_speaks_tls_and_takes_a_new_certificate_without_a_break() {
    let (database, folder) = (TestDatabase::sqlite(), tempfile::tempdir().expect("a folder"));
    drop(database.open(Arc::new(SystemClock)));
    let first = new_certificate(folder.path());
    let process = serve(&database, folder.path());
    let base = process.client.base.clone();
    let address = base.strip_prefix("https://").unwrap_or_else(|| panic!("{base}")).to_owned();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let reply = ask(&address, &first, version, HEALTH).expect("an answer");
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
        assert!(reply.contains("strict-transport-security: max-age=31536000"), "{reply}");
    }
    // The page to sign in sends the cookie of an https address; where it comes from is known to be https.
    let removal = "DELETE /api/v1/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert!(ask(&address, &first, &rustls::version::TLS13, removal).expect("an answer").starts_with("HTTP/1.1 401"));
    // In clear nothing is said.
    let mut plain = TcpStream::connect(&address).expect("connected");
    plain.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
    plain.write_all(HEALTH.as_bytes()).expect("sent");
    let mut said = Vec::new();
    let _closed = plain.read_to_end(&mut said);
    assert!(!String::from_utf8_lossy(&said).contains("HTTP/"), "{said:?}");
    if Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_ok() {
        let port = address.rsplit(':').next().expect("a port");
        let url = format!("https://localhost:{port}/healthz");
        let certificate = folder.path().join("cert.pem").display().to_string();
        let curl = Command::new("curl")
            .args(["-sS", "--max-time", "20", "--cacert", &certificate, &url])
            .output()
            .expect("curl");
        assert_eq!(
            String::from_utf8_lossy(&curl.stdout),
            "{\"status\":\"ok\"}",
            "{}",
            String::from_utf8_lossy(&curl.stderr)
        );
    } else {
        eprintln!("SKIPPED: no curl");
    }

    // What cannot be used changes nothing.
    write_key(folder.path(), "no key at all");
    hang_up(&process);
    std::thread::sleep(Duration::from_millis(300));
    assert!(ask(&address, &first, &rustls::version::TLS13, HEALTH).expect("an answer").starts_with("HTTP/1.1 200"));
    let second = new_certificate(folder.path());
    hang_up(&process);
    let began = Instant::now();
    while ask(&address, &second, &rustls::version::TLS13, HEALTH).is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "the new certificate is not shown");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(ask(&address, &first, &rustls::version::TLS13, HEALTH).is_err(), "the old one is gone");
    assert_eq!(process.terminate(), Some(0));
}

fn hang_up(process: &Process) {
    assert!(Command::new("kill").args(["-HUP", &process.id().to_string()]).status().expect("kill runs").success());
}

#[test]
fn in_clear_only_this_machine_is_listened_to_and_bad_certificates_are_told() {
    let (database, folder) = (TestDatabase::sqlite(), tempfile::tempdir().expect("a folder"));
    let refused = |arguments: &[&str]| {
        let all = [&["serve", "--database", database.url.as_str()], arguments].concat();
        let ended = khaosat(&all);
        assert_eq!(ended.status.code(), Some(1), "{arguments:?}");
        String::from_utf8_lossy(&ended.stderr).into_owned()
    };
    assert!(refused(&["--listen", "0.0.0.0:0"]).contains("--insecure-lan"));
    assert!(refused(&["--listen", "[::]:0"]).contains("--insecure-lan"));
    assert!(refused(&["--listen", "127.0.0.1:0", "--metrics", "0.0.0.0:0"]).contains("--insecure-lan"));
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let files = [
        "--listen",
        "127.0.0.1:0",
        "--tls-cert",
        certificate.to_str().expect("a path"),
        "--tls-key",
        key.to_str().expect("a path"),
    ];
    assert_eq!(refused(&files).matches("PEM").count(), 2, "both files are missing, and both are told");
    new_certificate(folder.path());
    let other = tempfile::tempdir().expect("a folder");
    new_certificate(other.path());
    std::fs::copy(other.path().join("key.pem"), &key).expect("copied");
    assert!(refused(&files).contains("cert.pem"), "a key of another certificate");
    new_certificate(folder.path());
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("set");
    }
    assert!(refused(&files).contains("chmod 640"));
    let ended = khaosat(&["serve", "--tls-cert", certificate.to_str().expect("a path")]);
    assert_eq!(ended.status.code(), Some(2), "a certificate without a key is wrong usage");
}
