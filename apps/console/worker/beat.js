/** Beats once a second, also while nobody looks at the page: the browser slows the page's own timers then, not these. */
setInterval(() => postMessage('beat'), 1_000)
