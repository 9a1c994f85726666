/**
 * The reduced costs that a tree edge into a node may be given while its potential is still free: no less than `low`, as
 * other edges into the node shift with it, and no more than `high`, as edges around its subtree must not undercut it.
 */
export class SlackWindow {
  low = -Infinity;
  high = Infinity;

  atLeast(bound: number): void {
    if (bound > this.low) this.low = bound;
  }

  atMost(bound: number): void {
    if (bound < this.high) this.high = bound;
  }

  isEmpty(): boolean {
    return this.low > this.high;
  }

  /**
   * An integer of the window; its lower end if it is empty. Three quarters up: of 0, ¼, ½, ¾ and 1 that made later
   * searches smallest (children tend to come later than parents, and undercut from above).
   */
  choose(): number {
    const { low, high } = this;
    if (low > high || high === Infinity) return low === -Infinity ? 0 : low;
    return low === -Infinity ? high : low + Math.floor((high - low) * 0.75);
  }
}
