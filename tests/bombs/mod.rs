//! Small bytes that ask for much: each is refused by the running program, within a second of the processor and without memory, and
//! nothing is fetched from anywhere. All bombs are made here, at the time of the test.

mod files;
mod packages;
mod requests;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The processor's time a bomb may take. The readers of a development build are not optimised: the release is several times faster.
const CPU_S_MAX: f64 = if cfg!(debug_assertions) { 2.0 } else { 1.0 };
/// Memory a bomb may take.
const MEMORY_KIB_MAX: u64 = 64 * 1024;

/// Somebody else on the network, whom bombs name; counts who comes.
struct Elsewhere {
    url: String,
    n_came: Arc<AtomicUsize>,
}

impl Elsewhere {
    fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/x", listener.local_addr().expect("an address"));
        let n_came = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&n_came);
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for _came in listener.incoming() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { url, n_came }
    }

    fn assert_nobody_came(&self) {
        assert_eq!(self.n_came.load(Ordering::SeqCst), 0, "something was fetched from {}", self.url);
    }
}
