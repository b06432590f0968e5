//! A clock that stands still until it is moved.

use std::sync::{Arc, Mutex};

use khaosat::store::{Clock, Timestamp};

pub(crate) struct TestClock(Mutex<Timestamp>);

impl TestClock {
    pub(crate) fn at(text: &str) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Timestamp::parse(text).expect("an instant"))))
    }

    pub(crate) fn pass_seconds(&self, seconds: i64) {
        let mut now = self.0.lock().expect("a clock");
        *now = now.plus_seconds(seconds).expect("a year this century");
    }

    pub(crate) fn pass_days(&self, days: i64) {
        let mut now = self.0.lock().expect("a clock");
        *now = now.plus_days(days).expect("a year this century");
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("a clock")
    }
}
