export { SurrogateCarry } from '../surrogate-carry.ts';
