//! The receipt: what a sender may rely on.

use serde::Serialize;
use utoipa::ToSchema;

use crate::store::Receipt;

/// What was kept. A device deletes its own copy only when `sha256` is that of the bytes it sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct ReceiptReply {
    /// The UUID the sender gave.
    uuid: String,
    /// 1 for the first body under the UUID; higher for others, which are kept as conflicts; 0 where nothing was kept.
    version_no: i64,
    /// SHA-256 of the bytes kept, in hexadecimal.
    sha256: String,
    /// Order of arrival at the server.
    sequence: i64,
    /// When it arrived, UTC.
    received_at: String,
    /// `accepted`, `conflict`, or `erased`: the respondent asked for erasure, it was not kept and shall not be sent again.
    state: &'static str,
    /// What is odd about it; it is kept all the same.
    flags: Vec<FlagReply>,
}

/// One thing that is odd about what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FlagReply {
    /// Stable name of the rule.
    code: String,
    /// The question it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<String>,
    /// What was seen.
    detail: String,
}

/// A receipt in its envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct KeptReply {
    /// The receipt.
    pub(super) receipt: ReceiptReply,
}

impl From<&Receipt> for ReceiptReply {
    fn from(receipt: &Receipt) -> Self {
        Self {
            uuid: receipt.uuid.clone(),
            version_no: receipt.version_no,
            sha256: receipt.sha256.clone(),
            sequence: receipt.sequence,
            received_at: receipt.received_at.clone(),
            state: receipt.state.as_str(),
            flags: receipt
                .flags
                .iter()
                .map(|flag| FlagReply {
                    code: flag.code.clone(),
                    question: flag.question.clone(),
                    detail: flag.detail.clone(),
                })
                .collect(),
        }
    }
}
