//! Tables as text: plain lines, no colours, no wrapping, so that they can be pasted anywhere.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// Returns an empty table under `header`; the first `names` columns are text, the others are numbers and stand to
/// the right.
pub fn plain(header: &[&str], names: usize) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled).set_header(header);
    for column in table.column_iter_mut().skip(names) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Returns a ratio as text, or a dash.
pub fn times(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"))
}
