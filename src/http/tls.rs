//! TLS of the service itself: TLS 1.2 and 1.3 by rustls, the certificate from two PEM files that are read again when they change.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use ::problem::{Problem, Problems};
use actix_web::rt;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::TlsFiles;

/// How often it is looked whether the files have changed; a SIGHUP has them read at once.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The certificate in use.
#[derive(Debug)]
pub struct Certificates {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    now: RwLock<Arc<CertifiedKey>>,
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // The lock guards one pointer: a thread that panicked left a whole one behind.
        Some(Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn open(files: &TlsFiles) -> Result<Arc<Self>, Problems> {
        let provider = Arc::new(default_provider());
        let first = read(files, &provider)?;
        Ok(Arc::new(Self { files: files.clone(), provider, now: RwLock::new(Arc::new(first)) }))
    }

    /// Settings of a server that shows this certificate.
    pub(super) fn server(self: &Arc<Self>) -> Result<ServerConfig, rustls::Error> {
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&self.provider)).with_safe_default_protocol_versions()?;
        let resolver = Arc::clone(self) as Arc<dyn ResolvesServerCert>;
        Ok(builder.with_no_client_auth().with_cert_resolver(resolver))
    }

    /// Reads the files again. What cannot be used changes nothing: the certificate of before goes on.
    fn read_again(&self) {
        match read(&self.files, &self.provider) {
            Ok(new) => {
                *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
                tracing::warn!("the certificate was read again");
            }
            Err(problems) => {
                tracing::error!(%problems, "the new certificate cannot be used; the one of before goes on");
            }
        }
    }

    fn changed_at(&self) -> [Option<SystemTime>; 2] {
        let at = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
        [at(&self.files.certificate), at(&self.files.key)]
    }

    /// Until the service ends: reads the files again on SIGHUP, and when they have changed.
    pub(super) async fn watch(self: Arc<Self>) {
        let mut seen = self.changed_at();
        let mut asked = Asked::begin();
        loop {
            let is_asked = asked.within(LOOK_EVERY).await;
            let now = self.changed_at();
            if is_asked || now != seen {
                seen = now;
                self.read_again();
            }
        }
    }
}

/// SIGHUP, where there is such a thing.
struct Asked {
    #[cfg(unix)]
    signal: Option<rt::signal::unix::Signal>,
}

impl Asked {
    fn begin() -> Self {
        Self {
            #[cfg(unix)]
            signal: rt::signal::unix::signal(rt::signal::unix::SignalKind::hangup()).ok(),
        }
    }

    /// Waits for it, not longer than that; whether it came.
    async fn within(&mut self, longest: Duration) -> bool {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal {
            return rt::time::timeout(longest, signal.recv()).await.is_ok();
        }
        rt::time::sleep(longest).await;
        false
    }
}

fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey, Problems> {
    let mut problems = Problems::none();
    let name = |path: &Path| path.display().to_string();
    let chain: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_file_iter(&files.certificate).and_then(|read| read.collect());
    let chain = match chain {
        Ok(chain) if !chain.is_empty() => chain,
        Ok(_) => {
            problems.push(unusable("PEM?").in_file(&name(&files.certificate)));
            Vec::new()
        }
        Err(error) => {
            problems.push(unusable(&error.to_string()).in_file(&name(&files.certificate)));
            Vec::new()
        }
    };
    problems.extend(open_to_others(&files.key));
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| error.to_string());
    let key = key.and_then(|key| provider.key_provider.load_private_key(key).map_err(|error| error.to_string()));
    let key = key.map_err(|why| problems.push(unusable(&why).in_file(&name(&files.key)))).ok();
    let Some(key) = key.filter(|_| problems.is_empty()) else { return Err(problems) };
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(certified),
        Err(error) => Err(unusable(&error.to_string()).in_file(&name(&files.certificate)).into()),
    }
}

/// A key that everybody on the machine can read is nobody's key.
fn open_to_others(path: &Path) -> Option<Problem> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
        if mode & 0o007 != 0 {
            let name = path.display().to_string();
            return Some(
                Problem::new(
                    "tls_key_open",
                    "mọi người trên máy đọc được khóa bí mật",
                    "everybody on this machine can read the key",
                )
                .expected("640")
                .got(format!("{mode:o}"))
                .hint(format!("chmod 640 {name}"), format!("chmod 640 {name}"))
                .in_file(&name),
            );
        }
    }
    None
}

fn unusable(why: &str) -> Problem {
    Problem::new("tls_file", "không dùng được chứng thư hoặc khóa TLS", "the TLS certificate or key cannot be used")
        .expected("PEM")
        .got(why)
        .hint(
            "tệp chứng thư chứa cả chuỗi (fullchain.pem), tệp khóa chứa khóa riêng tương ứng",
            "the certificate file holds the whole chain (fullchain.pem), the key file its private key",
        )
}
