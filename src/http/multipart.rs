//! The parts of a multipart form, out of a body that was read whole.

use actix_multipart::Multipart;
use actix_web::error::PayloadError;
use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;
use futures_util::{StreamExt as _, stream};

/// Parts of a form at most: Collect sends at most a hundred files at once.
const PARTS_MAX: usize = 1_000;

/// One part.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Its name in the form; may be empty.
    pub(super) name: String,
    /// The file's name, where it is a file.
    pub(super) file_name: Option<String>,
    /// The kind it says it is.
    pub(super) media_type: String,
    /// Its bytes.
    pub(super) body: Vec<u8>,
}

/// The parts in their order.
///
/// # Errors
/// What is wrong with the form.
pub(super) async fn parts(headers: &HeaderMap, bytes: Vec<u8>) -> Result<Vec<Part>, String> {
    let whole = stream::iter([Ok::<_, PayloadError>(Bytes::from(bytes))]);
    let mut multipart = Multipart::new(headers, whole);
    let mut parts = Vec::new();
    while let Some(part) = multipart.next().await {
        let mut part = part.map_err(|error| error.to_string())?;
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.content_disposition().and_then(|given| given.get_filename()).map(str::to_owned);
        let media_type = part.content_type().map_or_else(String::new, ToString::to_string);
        let mut body = Vec::new();
        while let Some(chunk) = part.next().await {
            body.extend_from_slice(&chunk.map_err(|error| error.to_string())?);
        }
        if parts.len() >= PARTS_MAX {
            return Err(format!("> {PARTS_MAX}"));
        }
        parts.push(Part { name, file_name, media_type, body });
    }
    Ok(parts)
}
