//! Under construction.
pub mod app;
pub mod cli;
pub mod config;
pub mod fieldwork {
    //! Under construction.
    pub mod arrival;
    pub mod case_list;
    pub mod disposition;
    pub mod progress;
}
pub mod http;
pub mod problem;
pub mod secret;
pub mod store;
