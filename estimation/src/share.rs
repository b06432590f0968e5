//! Sharing out work among threads without changing a bit of it.

/// How many threads may share work: as many as the machine has. No number depends on it.
pub(crate) fn n_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The result of `task` for each item, in order. Threads take neighbouring items; each result is the work of one thread.
pub(crate) fn share_out<T: Sync, R: Send>(items: &[T], n_threads: usize, task: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let n_threads = n_threads.clamp(1, items.len().max(1));
    if n_threads == 1 {
        return items.iter().map(task).collect();
    }
    let each = items.len().div_ceil(n_threads);
    let task = &task;
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            items.chunks(each).map(|chunk| scope.spawn(move || chunk.iter().map(task).collect::<Vec<R>>())).collect();
        let join = |worker: std::thread::ScopedJoinHandle<'_, Vec<R>>| match worker.join() {
            Ok(results) => results,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        workers.into_iter().flat_map(join).collect()
    })
}

/// Does `task` to each item. Threads take neighbouring items; each item is the work of one thread.
pub(crate) fn share_out_mut<T: Send>(items: &mut [T], n_threads: usize, task: impl Fn(&mut T) + Sync) {
    let each = items.len().div_ceil(n_threads.max(1)).max(1);
    if each >= items.len() {
        items.iter_mut().for_each(task);
        return;
    }
    let task = &task;
    std::thread::scope(|scope| {
        for chunk in items.chunks_mut(each) {
            scope.spawn(move || chunk.iter_mut().for_each(task));
        }
    });
}
