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

/// Returns a time of so many seconds as text, in the largest unit of which there is one, to three digits.
pub fn duration(seconds: f64) -> String {
    const UNITS: [(&str, f64); 4] = [("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)];
    let (unit, scale) = UNITS.into_iter().find(|(_, scale)| seconds >= *scale).unwrap_or(UNITS[3]);
    let value = seconds / scale;
    let digits = match value {
        ..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
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
    fn duration_takes_the_largest_unit_and_three_digits() {
        let texts = [4.444e-9, 25e-9, 321.4e-9, 5.55e-6, 0.25, 3.0, 0.0].map(duration);
        assert_eq!(texts, ["4.44 ns", "25.0 ns", "321 ns", "5.55 µs", "250 ms", "3.00 s", "0.00 ns"]);
    }

    #[test]
    fn size_takes_the_largest_unit() {
        let texts = [0, 1023, 1024, 36480, 5 << 30, u64::MAX].map(size);
        assert_eq!(texts, ["0 B", "1023 B", "1.0 KiB", "35.6 KiB", "5.0 GiB", "16.0 EiB"]);
    }
}
