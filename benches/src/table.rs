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

/// Returns an amount of memory as text, in the largest unit of which there is one.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let power = bytes.ilog2() / 10;
    let unit = UNITS[power as usize - 1];
    format!("{:.1} {unit}", bytes as f64 / 1024f64.powi(power.cast_signed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_takes_the_largest_unit() {
        let texts = [0, 1023, 1024, 36480, 5 << 30, u64::MAX].map(size);
        assert_eq!(texts, ["0 B", "1023 B", "1.0 KiB", "35.6 KiB", "5.0 GiB", "16.0 EiB"]);
    }
}
