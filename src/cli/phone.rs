//! What an enumerator's phone is set up with: QR codes for the client in the browser and for ODK Collect.

use std::path::{Path, PathBuf};

use ::problem::{Problem, Problems};

use super::from_store;
use crate::openrosa::settings;
use crate::people::{find_enumerator, no_randomness};
use crate::problem as catalogue;
use crate::secret::Secret;
use crate::store::{NewToken, Role, Store, StoreError};

/// Where a QR code is written, and the address it names
#[derive(Debug, clap::Args)]
pub(super) struct QrArgs {
    /// Writes the QR code for the phone's camera (SVG)
    #[arg(long, value_name = "FILE.svg", requires = "public_url")]
    pub(super) qr: Option<PathBuf>,
    /// The address at which phones reach the service, such as `https://khaosat.example.gov.vn`
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<String>,
}

/// The address that activates the client in the browser.
pub(super) fn browser_link(public_url: &str, shown_code: &str) -> String {
    format!("{}/field/#t={shown_code}", public_url.trim_end_matches('/'))
}

/// A link as a QR code.
pub(super) fn link_svg(link: &str) -> Result<String, Problems> {
    Ok(settings::qr_svg(link)?)
}

/// The settings of Collect as a QR code; it holds the secret.
pub(super) fn collect_svg(public_url: &str, secret: &Secret, round_code: &str, name: &str) -> Result<String, Problems> {
    let server = settings::server_url(public_url, secret.reveal(), round_code);
    let packed = settings::packed(&settings::collect_settings(&server, round_code, name))?;
    Ok(settings::qr_svg(&packed)?)
}

/// Writes a QR code.
pub(super) fn write(file: &Path, svg: &str) -> Result<(), Problems> {
    std::fs::write(file, svg).map_err(|error| {
        Problem::new("output_failed", "không ghi được tệp", "the file cannot be written")
            .got(error.to_string())
            .in_file(&file.display().to_string())
            .into()
    })
}

/// Nothing is overwritten: an old QR code may still be somebody's.
pub(super) fn refuse_existing(file: Option<&Path>) -> Result<(), Problems> {
    match file {
        Some(file) if file.exists() => {
            Err(Problem::new("file_exists", "tệp đã có, không ghi đè", "the file exists and is not overwritten")
                .in_file(&file.display().to_string())
                .into())
        }
        _ => Ok(()),
    }
}

/// A key for Collect of an enumerator of a round: it sees the same households as the person's other devices. Its public name,
/// the person's name, the secret.
pub(super) fn issue_collect_key(
    store: &Store,
    actor: &str,
    round_code: &str,
    login: &str,
) -> Result<(String, String, Secret), Problems> {
    let enumerator = store
        .read(|snapshot| find_enumerator(snapshot, round_code, login))
        .map_err(|error| from_store(&error))?
        .ok_or_else(|| catalogue::enumerator_unknown(login))?;
    let secret = Secret::generate().map_err(|error| no_randomness(&error))?;
    let token_sha256 = secret.sha256();
    let id = format!("tk-{}", token_sha256.get(..12).unwrap_or_default());
    let token = NewToken {
        id: id.clone(),
        round_code: Some(round_code.to_owned()),
        name: enumerator.name.clone(),
        role: Role::Enumerator,
        token_sha256,
        expires_at: None,
        account_id: Some(enumerator.id),
    };
    store.write(actor, move |tx| tx.create_token(&token)).map_err(|error: StoreError| from_store(&error))?;
    Ok((id, enumerator.name, secret))
}
