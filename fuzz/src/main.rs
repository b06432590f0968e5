//! One door of the program (`src/doors`), its name in `KHAOSAT_DOOR`, before libFuzzer: bytes are taken or refused, and nothing
//! else happens. Half of the changes are libFuzzer's, half those of `tests/doors/mangle.rs`, which also reaches into packages.

#![no_main]

#[path = "../../tests/doors/mangle.rs"]
mod mangle;

use std::sync::LazyLock;

use khaosat::doors::{DOORS, Door, door};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

static DOOR: LazyLock<&'static Door> = LazyLock::new(|| {
    let name = std::env::var("KHAOSAT_DOOR").unwrap_or_default();
    let names: Vec<&str> = DOORS.iter().map(|door| door.name).collect();
    door(&name).unwrap_or_else(|| panic!("KHAOSAT_DOOR is one of {}", names.join(", ")))
});

/// SplitMix64: libFuzzer gives a seed, the rest follows.
struct Dice(u64);

impl mangle::Chance for Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

fuzz_target!(|data: &[u8]| {
    (DOOR.open)(data);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed % 2 == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let whole = data[..size].to_vec();
    let out = mangle::mangled(&whole, &whole, &mut Dice(u64::from(seed)), max_size);
    let n = out.len().min(max_size);
    data[..n].copy_from_slice(&out[..n]);
    n
});
