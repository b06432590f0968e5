// A real Chromium, as the distribution ships it.
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.KHAOSAT_FIELD_NPM}/`);
const { chromium } = require('playwright-core');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const executablePath = process.env.KHAOSAT_CHROMIUM ?? '/usr/bin/chromium';

export const launch = () => chromium.launch({ executablePath, args: FLAGS });
/** A browser with a profile on the disk, as a phone has one. */
export const launchProfile = (folder, more = {}) => chromium.launchPersistentContext(folder, { executablePath, args: FLAGS, locale: 'vi-VN', timezoneId: 'Asia/Ho_Chi_Minh', viewport: { width: 360, height: 740 }, ...more });
export const axeSource = require.resolve('axe-core/axe.min.js');
