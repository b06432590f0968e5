//! Whole roads through the built program, as a person or an attacker would walk them.

mod analyst;
mod api_attacks;
mod audit;
mod backup;
mod command_attacks;
mod coverage;
mod demo;
mod demo_folder;
mod demo_served;
mod doctor;
mod estimate;
mod index;
mod margins;
mod people;
mod sample;
mod truth;
mod weights;
mod workshop;
