//! A request document and a CSV file of any bytes, divided by the first zero byte: problems or numbers, never a panic.
//! `estimation/tests/mutations.rs` is the bounded form of this that runs with the tests.

#![no_main]

use estimation::read;
use estimation::request::Request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let at = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (request, csv) = (&data[..at], data.get(at + 1..).unwrap_or_default());
    let Ok(table) = read::csv(csv, "data.csv") else { return };
    let Some(request) = std::str::from_utf8(request).ok().and_then(|text| Request::parse(text).ok()) else { return };
    if let Ok(answer) = request.run(&table) {
        let text = format!("{:?}", answer.estimates);
        assert!(!text.contains(": NaN") && !text.contains("Some(NaN)") && !text.contains("Some(inf)"), "{text}");
    }
    if request.can_stream()
        && let Ok(mut stream) = request.stream()
        && stream.add(&table).is_ok()
    {
        let _answer_or_problems = stream.finish();
    }
});
