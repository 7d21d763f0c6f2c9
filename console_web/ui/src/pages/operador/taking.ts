/** The taking of an alert that is under way: a decision waits for it, so that no key is lost however slow the server is. */

let underWay: Promise<unknown> = Promise.resolve();

export async function taking<T>(request: Promise<T>): Promise<T> {
  underWay = request;
  return request;
}

/** Resolves once the last taking is through. Rejects where it was refused: then there is nothing to decide. */
export async function taken(): Promise<void> {
  await underWay;
}
