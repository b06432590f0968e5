//! From a frame file to a verified list, as a user walks it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests stop the test")]

mod allocations;
mod bad_input;
mod commitments;
mod coordination;
mod designs;
mod draws;
mod frames;
mod golden;
mod methods;
mod national;
mod properties;
mod respondents;
mod rules;
mod stages;
mod verification;

use problem::{Language, Problems};
use sampling::{Preset, SampleDesign, SamplingFrame};

/// The example frame that comes with the program.
pub const BAC_GIANG: &[u8] = include_bytes!("../../frames/bac-giang-2019-example.csv");

/// A preset's checked design.
pub fn preset(name: &str) -> SampleDesign {
    Preset::of_name(name).expect("a preset").design().expect("presets are checked")
}

/// The example frame and the plan's design.
pub fn example() -> (SamplingFrame, SampleDesign) {
    let design = preset("papi-3x2x2x20");
    (SamplingFrame::read(BAC_GIANG, &design).expect("the example frame is right"), design)
}

/// A small design: two strata of clusters, households counted in the cluster.
pub const SMALL_DESIGN: &str = r#"
name = "small"
[[level]]
name = "region"
code = "region"
label = "region_name"
[[level]]
name = "cluster"
words = { vi = "thôn", en = "village" }
code = "cluster"
label = "cluster_name"
[[level]]
name = "household"
words = { vi = "hộ", en = "household" }
counted_by = "households"
[[stage]]
level = "cluster"
strata = ["region"]
n = 2
method = "pps_systematic"
size = "households"
[[stage]]
level = "household"
n = 5
method = "simple_random"
reserves = 2
"#;

/// A frame for [`SMALL_DESIGN`].
pub const SMALL_FRAME: &str = "region,region_name,cluster,cluster_name,households\n\
    N,North,1,An,30\nN,North,2,Ba,10\nN,North,3,Cô,25\nN,North,4,Du,15\n\
    S,South,1,Én,12\nS,South,2,Gì,40\nS,South,3,Hè,8\n";

/// The small design.
pub fn small_design() -> SampleDesign {
    SampleDesign::from_toml(SMALL_DESIGN).expect("a right design")
}

/// A small frame.
pub fn small_frame(text: &str) -> SamplingFrame {
    SamplingFrame::read(text.as_bytes(), &small_design()).expect("a right frame")
}

/// The codes of problems, and the whole text in English.
pub fn told(problems: &Problems) -> (Vec<&'static str>, String) {
    (problems.iter().map(|problem| problem.code).collect(), problems.describe(Language::En))
}
