//! Which cells there are: a cell holds the rows of one domain in one sampling unit.

use crate::EstimationDesign;
use crate::domain::Domains;
use crate::table::Cells;

/// The cells in order of domain and unit. Only combinations that occur are cells, so that a hundred domains cost little more
/// than one.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Unit of the last stage that counts.
    pub(crate) unit_of_cell: Vec<u32>,
    /// Where the cells of each domain start, and the number of cells at the end.
    pub(crate) first_cell_of_domain: Vec<usize>,
    /// Whether a cell has a row with a weight above zero, answered or not.
    pub(crate) has_weight: Vec<bool>,
    /// First-stage unit of each unit.
    pub(crate) psu_of_unit: Vec<u32>,
    /// First-stage stratum of each first-stage unit.
    pub(crate) stratum_of_psu: Vec<u32>,
}

impl Layout {
    /// The cells of these domains, and the cell of each row.
    pub(crate) fn of_rows(design: &EstimationDesign, domains: &Domains) -> (Self, Vec<u32>) {
        let stage = &design.stages[design.n_active_stages() - 1];
        let cells = domains.as_ranks().cross(stage.as_ranks());
        let mut unit_of_cell = vec![0; cells.n_labels];
        let mut domain_of_cell = vec![0; cells.n_labels];
        let mut has_weight = vec![false; cells.n_labels];
        let mut last = Cells::MISSING_CODE;
        for (row, &cell) in cells.of_row.iter().enumerate() {
            if cell == Cells::MISSING_CODE || (cell == last && has_weight[cell as usize]) {
                continue;
            }
            last = cell;
            unit_of_cell[cell as usize] = stage.unit_of_row[row];
            domain_of_cell[cell as usize] = domains.of_row[row];
            has_weight[cell as usize] |= design.weights[row] != 0.0;
        }
        (Self::new(design, domains.len(), unit_of_cell, &domain_of_cell, has_weight), cells.of_row)
    }

    /// The layout of cells that are in order of domain and unit.
    pub(crate) fn new(
        design: &EstimationDesign,
        n_domains: usize,
        unit_of_cell: Vec<u32>,
        domain_of_cell: &[u32],
        has_weight: Vec<bool>,
    ) -> Self {
        let start = |domain: usize| domain_of_cell.partition_point(|&other| (other as usize) < domain);
        let first_cell_of_domain = (0..=n_domains).map(start).collect();
        let stages = &design.stages[..design.n_active_stages()];
        let mut psu_of_unit: Vec<u32> = (0..stages[0].n_units() as u32).collect();
        for stage in &stages[1..] {
            psu_of_unit = stage.parent_of_unit.iter().map(|&parent| psu_of_unit[parent as usize]).collect();
        }
        let stratum_of_psu = stages[0].stratum_of_unit.clone();
        Self { unit_of_cell, first_cell_of_domain, has_weight, psu_of_unit, stratum_of_psu }
    }

    pub(crate) fn n_cells(&self) -> usize {
        self.unit_of_cell.len()
    }

    pub(crate) fn n_domains(&self) -> usize {
        self.first_cell_of_domain.len() - 1
    }

    pub(crate) fn cells_of_domain(&self, domain: usize) -> std::ops::Range<usize> {
        self.first_cell_of_domain[domain]..self.first_cell_of_domain[domain + 1]
    }
}
