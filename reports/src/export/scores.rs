//! Index scores as CSV and JSON.
