//! The walk through the whole house.

mod questionnaire;
