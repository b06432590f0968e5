//! What can be said of a hidden cell of a cross table, as flows.
//!
//! Rows and columns are nodes, a cell is an arc from its row to its column, a hidden total is an arc between its line and the sum of
//! its margin. The true table is a flow that conserves; every other table that agrees with what is shown differs from it by flows
//! around rings of hidden arcs. So the most that a cell can grow or shrink is a maximum flow between its two ends, and whole numbers
//! stay whole.
//!
//! # Source
//! Cox (1995), *JASA* 90, 1453–1462; Ahuja, Magnanti and Orlin (1993), *Network Flows*, ch. 6–7 and 9 (augmenting paths).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What is known of an arc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freedom {
    /// Hidden: it may be anything.
    Hidden,
    /// Shown, and could be hidden.
    Shown,
    /// Known for good.
    Known,
}

/// A cell, or a hidden total.
#[derive(Clone, Debug)]
pub(super) struct Arc {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The true count.
    pub(super) count: usize,
    pub(super) freedom: Freedom,
}

/// A cross table as a network.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) n_nodes: usize,
    pub(super) arcs: Vec<Arc>,
    /// No count is above this.
    pub(super) n: usize,
}

/// Which way a cell is to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
}

impl Network {
    /// By how much a cell can move, up to `enough`, as things are hidden now.
    pub(super) fn room(&self, cell: usize, way: Way, enough: usize) -> usize {
        let mut flow = Flow::new(self, cell, way);
        flow.saturate(enough);
        flow.amount
    }

    /// Hides further cells, the cheapest first, until a cell can move by `wanted`. Whether that could be done.
    pub(super) fn widen(&mut self, cell: usize, way: Way, wanted: usize) -> bool {
        let mut flow = Flow::new(self, cell, way);
        if flow.limit < wanted {
            return false;
        }
        flow.saturate(wanted);
        let mut opened = Vec::new();
        while flow.amount < wanted {
            // One path that brings all of it hides less than many that bring a little each.
            let mut least = wanted - flow.amount;
            let found = loop {
                match flow.path(least, true) {
                    Some(path) => break Some(path),
                    None if least == 1 => break None,
                    None => least = least.div_ceil(2),
                }
            };
            let Some(path) = found else { return false };
            opened.extend(path.iter().map(|(arc, _)| *arc));
            flow.push(&path, wanted);
        }
        for arc in opened {
            if self.arcs[arc].freedom == Freedom::Shown {
                self.arcs[arc].freedom = Freedom::Hidden;
            }
        }
        true
    }
}

/// Steps of a path: arcs, and whether each grows.
type Path = Vec<(usize, bool)>;

/// What it cost to reach a node, and the last step: arc, whether it grows, the node before.
type Reached = (usize, Option<(usize, bool, usize)>);

struct Flow<'a> {
    network: &'a Network,
    cell: usize,
    start: usize,
    goal: usize,
    /// The counts as they have moved so far.
    counts: Vec<usize>,
    /// At each node: arcs, and whether they leave it.
    at: Vec<Vec<(usize, bool)>>,
    amount: usize,
    limit: usize,
}

impl<'a> Flow<'a> {
    fn new(network: &'a Network, cell: usize, way: Way) -> Self {
        let Arc { from, to, count, .. } = network.arcs[cell];
        let (start, goal, limit) = match way {
            Way::Up => (to, from, network.n - count),
            Way::Down => (from, to, count),
        };
        let mut at = vec![Vec::new(); network.n_nodes];
        for (number, arc) in network.arcs.iter().enumerate() {
            at[arc.from].push((number, true));
            at[arc.to].push((number, false));
        }
        let counts = network.arcs.iter().map(|arc| arc.count).collect();
        Self { network, cell, start, goal, counts, at, amount: 0, limit }
    }

    fn saturate(&mut self, enough: usize) {
        while self.amount < enough.min(self.limit) {
            let Some(path) = self.path(1, false) else { return };
            self.push(&path, enough);
        }
    }

    /// How much an arc can still move in a direction.
    fn left(&self, arc: usize, grows: bool) -> usize {
        if grows { self.network.n - self.counts[arc] } else { self.counts[arc] }
    }

    /// The path with the least cost on which at least `least` can move. With `opening`, shown cells cost their people; else none is used.
    fn path(&self, least: usize, opening: bool) -> Option<Path> {
        let mut best: Vec<Option<Reached>> = vec![None; self.network.n_nodes];
        let mut heap = BinaryHeap::from([Reverse((0, self.start))]);
        best[self.start] = Some((0, None));
        while let Some(Reverse((cost, node))) = heap.pop() {
            if best[node].is_some_and(|(known, _)| known < cost) {
                continue;
            }
            if node == self.goal {
                break;
            }
            for &(arc, grows) in &self.at[node] {
                if arc == self.cell || self.left(arc, grows) < least {
                    continue;
                }
                let step = match self.network.arcs[arc].freedom {
                    Freedom::Hidden => 0,
                    Freedom::Shown if opening => self.network.arcs[arc].count + 1,
                    Freedom::Shown | Freedom::Known => continue,
                };
                let next = if grows { self.network.arcs[arc].to } else { self.network.arcs[arc].from };
                if best[next].is_none_or(|(known, _)| cost + step < known) {
                    best[next] = Some((cost + step, Some((arc, grows, node))));
                    heap.push(Reverse((cost + step, next)));
                }
            }
        }
        let (mut path, mut node) = (Path::new(), self.goal);
        while node != self.start {
            let (arc, grows, before) = best[node]?.1?;
            path.push((arc, grows));
            node = before;
        }
        Some(path)
    }

    fn push(&mut self, path: &Path, wanted: usize) {
        let room = path.iter().map(|(arc, grows)| self.left(*arc, *grows)).min().unwrap_or(0);
        let moved = room.min(wanted - self.amount).min(self.limit - self.amount);
        for &(arc, grows) in path {
            if grows {
                self.counts[arc] += moved;
            } else {
                self.counts[arc] -= moved;
            }
        }
        self.amount += moved;
    }
}
