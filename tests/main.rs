//! The walk through the whole house.
