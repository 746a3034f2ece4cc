// A chain whose peer keeps up is always ready: its calls settle in microtasks, and the loop would never
// turn. All calls of one turn share a budget of time; those beyond it wait for the next turn.

const budgetMs = 2;
let turnBegan: number | undefined;

function nextTurn(): void {
  turnBegan = undefined;
}

/** A promise for the next turn of the loop when this one has lasted long enough, else undefined. */
export function yieldIfDue(): Promise<void> | undefined {
  const now = performance.now();
  if (turnBegan === undefined) {
    turnBegan = now;
    setImmediate(nextTurn);
    return undefined;
  }
  return now - turnBegan < budgetMs ? undefined : new Promise((resolve) => setImmediate(resolve));
}
