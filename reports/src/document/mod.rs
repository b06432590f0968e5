//! Papers: the documents that carry the estimates to their readers.

pub mod xlsx;
