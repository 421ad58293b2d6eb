// What every component imports: templates, hooks and signals.
import htm from "htm";
import { h } from "preact";

export const html = htm.bind(h);
export { Fragment, render } from "preact";
export { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { batch, computed, effect, signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
