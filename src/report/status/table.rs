//! Rows in aligned columns. No line is wider than the terminal.

use crate::node::{Page, one_line};

/// A cell: its colour (the parameter of ECMA-48's SGR, empty for none) and its text.
pub(super) type Cell = (&'static str, String);

/// The gap between two columns, and the indent of a row.
const GAP: usize = 2;
/// The widest column, in characters: a longer cell pushes its own row only.
const WIDEST: usize = 40;
/// The part of a line that stays for text beside the first column.
const NARROWEST: usize = 24;

/// Adds rows to a page. Every column but the last is as wide as its widest cell; the last one is wrapped.
pub(super) fn rows(page: &mut Page, rows: &[Vec<Cell>]) {
    let rows: Vec<Vec<Cell>> =
        rows.iter().map(|row| row.iter().map(|(colour, text)| (*colour, one_line(text))).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|(_, text)| width(text)).max().unwrap_or_default().min(WIDEST)
        })
        .collect();
    let starts: Vec<usize> = (0..columns).map(|column| GAP + before(&widths, column)).collect();
    for row in &rows {
        let mut line = Line::new(page, GAP);
        // Blanks at the end of a line are for nobody.
        let last = row.iter().rposition(|(_, text)| !text.is_empty()).unwrap_or_default();
        let fits = |start: usize| page.width().is_none_or(|width| start + NARROWEST <= width);
        // What does not fit goes on below the last column if there is room, else below the second.
        let below = [last, 1].into_iter().filter_map(|column| starts.get(column)).find(|start| fits(**start));
        line.indent = below.copied().unwrap_or(2 * GAP);
        for (column, cell) in row.iter().enumerate().take(last + 1) {
            line.go_to(starts[column]);
            line.put(cell);
        }
        let pieces = line.pieces;
        add(page, &pieces);
    }
}

/// Adds one line of cells, two blanks apart, that begins at the margin.
pub(super) fn line(page: &mut Page, cells: &[Cell]) {
    let mut line = Line::new(page, 0);
    line.indent = 2 * GAP;
    for (number, (colour, text)) in cells.iter().enumerate() {
        if number > 0 {
            line.go_to(0);
        }
        line.put(&(*colour, one_line(text)));
    }
    let pieces = line.pieces;
    add(page, &pieces);
}

fn before(widths: &[usize], column: usize) -> usize {
    widths.iter().take(column).map(|width| width + GAP).sum()
}

/// The number of characters of a text without invisible ones.
fn width(text: &str) -> usize {
    text.chars().count()
}

/// A row while it is laid out.
struct Line {
    /// Text with its colour, or the end of a line.
    pieces: Vec<Option<Cell>>,
    column: usize,
    /// The column in which a continued line begins.
    indent: usize,
    width: usize,
    /// True while the line has no text.
    is_blank: bool,
}

impl Line {
    fn new(page: &Page, start: usize) -> Self {
        let width = page.width().unwrap_or(usize::MAX).max(1);
        let mut line = Self { pieces: Vec::new(), column: 0, indent: 0, width, is_blank: true };
        line.blank(start.min(width - 1));
        line
    }

    fn blank(&mut self, count: usize) {
        self.pieces.push(Some(("", " ".repeat(count))));
        self.column += count;
    }

    /// Goes to a column of the line, at least a gap behind what is there.
    fn go_to(&mut self, column: usize) {
        let behind = if self.is_blank { self.column } else { self.column + GAP };
        let column = column.max(behind);
        if column < self.width {
            self.blank(column - self.column);
        } else {
            self.end();
        }
    }

    fn end(&mut self) {
        self.pieces.push(None);
        (self.column, self.is_blank) = (0, true);
        self.blank(self.indent.min(self.width - 1));
    }

    /// Adds a text; what does not fit goes on in the next line, and a word that is wider than a line is cut.
    fn put(&mut self, (colour, text): &Cell) {
        for (number, word) in text.split(' ').enumerate() {
            let blank = usize::from(number > 0 && !self.is_blank);
            if self.column + blank + width(word) > self.width && !self.is_blank {
                self.end();
            } else {
                self.blank(blank);
            }
            let mut rest: Vec<char> = word.chars().collect();
            while !rest.is_empty() {
                let room = (self.width - self.column).max(1);
                let tail = rest.split_off(room.min(rest.len()));
                self.column += rest.len();
                self.is_blank = false;
                self.pieces.push(Some((colour, rest.into_iter().collect())));
                rest = tail;
                if !rest.is_empty() {
                    self.end();
                }
            }
        }
    }
}

/// Adds the pieces of a row. Blanks before the end of a line are left out.
fn add(page: &mut Page, pieces: &[Option<Cell>]) {
    let lines = pieces.split(Option::is_none);
    for line in lines {
        let cells: Vec<&Cell> = line.iter().flatten().collect();
        let count = cells.iter().rposition(|(_, text)| !text.trim().is_empty()).map_or(0, |last| last + 1);
        for (colour, text) in cells.into_iter().take(count) {
            page.put(colour, text);
        }
        page.end_command();
    }
}
