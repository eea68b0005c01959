//! The same work on many things, on several threads where that pays.
//!
//! Promises: results come in the order of the things; a machine that grants no thread does all of it on the caller's.
//! Absent: threads that outlive the call.

use std::num::NonZero;
use std::thread::{available_parallelism, scope};

/// Most threads: what each does is some system calls on small files, which more threads do not make faster.
const THREADS: usize = 4;
/// Fewest things for a thread: starting one costs as much as some ten files.
const EACH: usize = 24;

/// Does `one` to each of `things`.
pub fn each<T: Sync, R: Send>(things: &[T], one: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = available_parallelism().map_or(1, NonZero::get).min(THREADS).min(things.len() / EACH).max(1);
    if threads == 1 {
        return things.iter().map(one).collect();
    }
    let part = things.len().div_ceil(threads);
    scope(|scope| {
        let mut parts = things.chunks(part);
        let first = parts.next().unwrap_or_default();
        let one = &one;
        let others: Vec<_> = parts
            .map(|part| {
                let work = move || part.iter().map(one).collect::<Vec<R>>();
                std::thread::Builder::new().spawn_scoped(scope, work).map_err(|_| part)
            })
            .collect();
        let mut all: Vec<R> = first.iter().map(one).collect();
        for other in others {
            match other {
                Ok(thread) => match thread.join() {
                    Ok(results) => all.extend(results),
                    Err(panic) => std::panic::resume_unwind(panic),
                },
                Err(part) => all.extend(part.iter().map(one)),
            }
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_things() {
        for number in [0, 1, EACH, 2 * EACH, 1000, 1001] {
            let things: Vec<usize> = (0..number).collect();
            assert_eq!(each(&things, |thing| thing * 2), (0..number).map(|thing| thing * 2).collect::<Vec<_>>());
        }
    }
}
