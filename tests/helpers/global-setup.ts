/** Nothing yet needs to run before all tests. */
export default function setup(): void {}
