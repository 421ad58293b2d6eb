// The address of the table as it was last seen, so that the way back from a contact keeps its filters.
import { address } from "../base/router.js";

let last = address("/contacts");

export const remember = (search) => (last = address("/contacts") + search);
export const lastTable = () => last;
