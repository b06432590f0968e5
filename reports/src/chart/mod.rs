//! Charts: plain specifications in, pictures out.
