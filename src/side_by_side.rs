//! The same work on many things, on all cores.

use std::thread;

/// Fewer things are not worth a thread.
const THINGS_MIN: usize = 200;
/// More threads do not pay.
const THREADS_MAX: usize = 8;

/// The results in the order of the things.
pub fn map<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let n_threads = thread::available_parallelism().map_or(1, |cores| cores.get().min(THREADS_MAX));
    if things.len() < THINGS_MIN || n_threads < 2 {
        return things.iter().map(work).collect();
    }
    let work = &work;
    thread::scope(|scope| {
        let workers: Vec<_> = things
            .chunks(things.len().div_ceil(n_threads))
            .map(|part| (part, scope.spawn(move || part.iter().map(work).collect::<Vec<_>>())))
            .collect();
        // A worker that could not finish leaves its part to this thread.
        workers
            .into_iter()
            .flat_map(|(part, worker)| worker.join().unwrap_or_else(|_lost| part.iter().map(work).collect()))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_come_in_the_order_of_the_things() {
        for n in [0, 1, 199, 200, 201, 10_007] {
            let things: Vec<usize> = (0..n).collect();
            assert_eq!(super::map(&things, |one| one * 2), things.iter().map(|one| one * 2).collect::<Vec<_>>());
        }
    }
}
