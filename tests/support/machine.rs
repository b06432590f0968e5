//! What the machine says of a process: the most memory it had, the processor's time it took.

/// The most memory a process has had in its own pages, in KiB; `None` once it is gone.
pub(crate) fn peak_kib(pid: u32) -> Option<u64> {
    status_kib(pid, "VmHWM:")
}

/// The memory a process has now, in KiB.
pub(crate) fn memory_kib(pid: u32) -> Option<u64> {
    status_kib(pid, "VmRSS:")
}

fn status_kib(pid: u32, field: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The processor's time a process has taken, in seconds; also of one that has ended and was not waited for.
pub(crate) fn cpu_s(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program stands in brackets and may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    // A hundred a second on every Linux.
    Some(ticks as f64 / 100.0)
}

/// Begins the measure of the most memory anew. Where the kernel does not let us, the peak of before counts: too strict, never too lax.
pub(crate) fn forget_peak(pid: u32) {
    let _not_allowed_here = std::fs::write(format!("/proc/{pid}/clear_refs"), "5");
}

/// Whether a process of ours has ended and waits to be asked how.
pub(crate) fn has_ended(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with('Z'))
}
