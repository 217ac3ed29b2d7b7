//! Charts. Each kind is begun by its own name, and takes the rows that suit it.

use super::{Chart, ChartKind, Series, Tone};

impl Chart {
    /// A line for each series. `title` says what it shows, for those who do not see it.
    pub fn line(title: impl Into<String>) -> Chart {
        Chart::new(ChartKind::Line, title)
    }

    /// Areas, one upon the other.
    pub fn area(title: impl Into<String>) -> Chart {
        Chart::new(ChartKind::Area, title)
    }

    /// Bars, side by side.
    pub fn bar(title: impl Into<String>) -> Chart {
        Chart::new(ChartKind::Bar, title)
    }

    /// A ring of parts.
    pub fn donut(title: impl Into<String>) -> Chart {
        Chart::new(ChartKind::Donut, title)
    }

    fn new(kind: ChartKind, title: impl Into<String>) -> Chart {
        Chart { kind, title: title.into(), x_is_time: false, categories: Vec::new(), unit: None, series: Vec::new() }
    }

    /// Places are milliseconds since 1970.
    #[must_use]
    pub fn over_time(self) -> Chart {
        Chart { x_is_time: true, ..self }
    }

    /// Names of the places 0, 1, 2 and so on.
    #[must_use]
    pub fn categories<T: Into<String>>(self, names: impl IntoIterator<Item = T>) -> Chart {
        Chart { categories: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// What the values are counted in, such as `ms`.
    #[must_use]
    pub fn unit(self, unit: impl Into<String>) -> Chart {
        Chart { unit: Some(unit.into()), ..self }
    }

    /// With one more row of points, each with its place and its value.
    #[must_use]
    pub fn series(mut self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Chart {
        self.series.push(Series { name: name.into(), tone: None, points: points.into_iter().collect() });
        self
    }

    /// With one more row of values, one for each of the categories.
    #[must_use]
    pub fn bars(self, name: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Chart {
        self.series(name, values.into_iter().enumerate().map(|(place, value)| (place as f64, value)))
    }

    /// With one more part of a ring.
    #[must_use]
    pub fn part(self, name: impl Into<String>, value: f64) -> Chart {
        self.series(name, [(0.0, value)])
    }

    /// What the row that was added last means.
    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Chart {
        if let Some(last) = self.series.last_mut() {
            last.tone = Some(tone);
        }
        self
    }
}
